#!/bin/sh
# Removes what install.sh put on this machine: `sudo make uninstall`.
# Settings, data and the user stay, so that a later install goes on where this one ended; PURGE=1 removes them too.
set -eu

user=gamepilot-mon
services='gamepilot-mon-web.service gamepilot-mon-daemon.service'

fail() {
    printf 'uninstall: %s\n' "$*" >&2
    exit 1
}

remove_units() {
    systemctl --quiet disable --now gamepilot-mon.target $services 2>/dev/null || true
    for unit in gamepilot-mon.target $services; do
        rm -f "/etc/systemd/system/$unit"
    done
    systemctl daemon-reload
    systemctl reset-failed $services 2>/dev/null || true
}

remove_program() {
    rm -rf /opt/gamepilot-mon
    rm -f /usr/local/bin/gamepilot-mon /etc/sysusers.d/gamepilot-mon.conf
}

remove_data() {
    rm -rf /etc/gamepilot-mon /var/lib/gamepilot-mon
    ! id "$user" >/dev/null 2>&1 || userdel "$user"
}

[ "$(id -u)" -eq 0 ] || fail 'this changes the machine and must run as root: sudo make uninstall'
remove_units
remove_program
if [ "${PURGE:-}" = 1 ]; then
    remove_data
    echo 'GamePilot Monitor, its settings and its data are removed.'
else
    echo 'GamePilot Monitor is removed. Kept: /etc/gamepilot-mon and /var/lib/gamepilot-mon (PURGE=1 removes them too).'
fi
