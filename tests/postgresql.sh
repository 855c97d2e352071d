#!/bin/sh
# Install Debian's PostgreSQL server for the tests of GamePilot's database when it is missing and we may.
command -v initdb >/dev/null 2>&1 && exit 0
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing postgresql for the tests of GamePilot's database (once)"
    # No cluster of its own: the tests start a server in a temporary folder.
    mkdir -p /etc/postgresql-common && [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        postgresql >/dev/null && exit 0
fi
[ "${CI:-}" = true ] && { echo "postgresql is missing and could not be installed" >&2; exit 1; }
echo "postgresql is missing and may not be installed here, so its tests will be skipped"
