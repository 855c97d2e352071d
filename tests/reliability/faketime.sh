#!/bin/sh
# Install Debian's libfaketime for the tests that set the daemon's clock, when it is missing and we may.
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing libfaketime for the tests of a clock that is set (once)"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        libfaketime >/dev/null && exit 0
fi
[ "${CI:-}" = true ] && { echo "libfaketime is missing and could not be installed" >&2; exit 1; }
echo "libfaketime is missing and may not be installed here, so the tests that set the clock will be skipped"
