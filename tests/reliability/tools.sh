#!/bin/sh
# Install what the tests of faults take from Debian, when it is missing and we may: libfaketime sets a daemon's clock,
# strace kills it at a write or lets its disk fail.
missing() {
    ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || echo libfaketime
    command -v strace >/dev/null 2>&1 || echo strace
}
packages=$(missing)
[ -z "$packages" ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests of faults (once):" $packages
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $packages >/dev/null && exit 0
fi
[ "${CI:-}" = true ] && { echo "missing and could not be installed:" $packages >&2; exit 1; }
echo "missing and may not be installed here, so tests of faults will be skipped:" $packages
