#!/bin/sh
# Install Debian's Chromium for the browser tests when it is missing and we may.
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the browser tests (once)"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core >/dev/null && exit 0
fi
[ "${CI:-}" = true ] && { echo "chromium is missing and could not be installed" >&2; exit 1; }
echo "chromium is missing and may not be installed here, so the browser tests will be skipped"
