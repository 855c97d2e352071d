#!/bin/sh
# Installs or upgrades GamePilot Monitor on a machine that runs systemd: `sudo make install`.
# Running it again is safe: settings and data stay as they are, and only services that run are restarted.
#
#   PYTHON=/usr/bin/python3.12   the interpreter for the venv (default: the first that is new enough)
#   EXTRAS=name,name             optional parts of the package to install as well
#   PIP_*                        pip's own settings, for a mirror or a folder of wheels
set -eu
umask 022

checkout=$(cd "$(dirname "$0")/.." && pwd)
user=gamepilot-mon
venv=/opt/gamepilot-mon
settings=/etc/gamepilot-mon
state=/var/lib/gamepilot-mon
units=/etc/systemd/system
command=/usr/local/bin/gamepilot-mon
services='gamepilot-mon-web.service gamepilot-mon-daemon.service'

say() { printf '%s\n' "$*"; }

fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

require_machine() {
    [ "$(id -u)" -eq 0 ] || fail 'this changes the machine and must run as root: sudo make install'
    [ -d /run/systemd/system ] || fail 'this machine does not run systemd; use "make run" instead'
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The system's own interpreter comes first: one in a home directory is out of the services' reach.
find_python() {
    for python in ${PYTHON:-/usr/bin/python3 /usr/local/bin/python3 /usr/bin/python3.1[1-9]}; do
        if is_new_enough "$python"; then
            say "$python"
            return
        fi
    done
    found=$(${PYTHON:-python3} -V 2>&1) || found='none'
    fail "Python 3.11 or newer is needed, found: $found; set PYTHON=/path/to/python3"
}

require_usable_python() {
    home=$("$1" -c 'import sys; print(sys.base_prefix)')
    case $home in
        /home/* | /root/*) fail "$1 lies in $home, which services cannot read; set PYTHON=/usr/bin/python3" ;;
    esac
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    fail "$1 cannot make a venv; on Debian and Ubuntu: apt install python$version-venv"
}

create_user() {
    install -D -m 0644 "$checkout/systemd/gamepilot-mon.sysusers" /etc/sysusers.d/gamepilot-mon.conf
    systemd-sysusers /etc/sysusers.d/gamepilot-mon.conf
}

# The services would make it on their first start, but the command may be used before that.
create_state() {
    install -d -m 0700 -o "$user" -g "$user" "$state"
}

# A venv is bound to the version of its interpreter: after an upgrade of the system it must be made anew.
create_venv() {
    wanted=$("$1" -c 'import sys; print(sys.base_prefix, sys.version_info[:2])')
    present=$("$venv/bin/python" -c 'import sys; print(sys.base_prefix, sys.version_info[:2])' 2>/dev/null) || present=
    [ "$wanted" = "$present" ] || "$1" -m venv --clear "$venv"
}

install_package() {
    "$venv/bin/python" -m pip install --quiet --upgrade "$checkout${EXTRAS:+[$EXTRAS]}" ||
        fail 'pip could not install the package (its reason is above); nothing was restarted'
    install -D -m 0644 "$checkout/docs/install.md" "$venv/share/install.md"
}

# An existing env file is never touched; env.example always shows what this version knows.
install_settings() {
    install -d -m 0750 -o root -g "$user" "$settings"
    sed "s|^[# ]*GAMEPILOT_MON_DATABASE_URL=.*|GAMEPILOT_MON_DATABASE_URL=sqlite:///$state/gamepilot-mon.db|" \
        "$checkout/.env.example" >"$settings/env.example"
    chmod 0644 "$settings/env.example"
    [ -e "$settings/env" ] || install -m 0640 -o root -g "$user" "$settings/env.example" "$settings/env"
}

install_command() {
    install -D -m 0755 "$checkout/systemd/command.py" "$command"
}

# Enabled on the first install only, so that an upgrade does not undo a `systemctl disable`.
install_units() {
    [ -e "$units/gamepilot-mon.target" ] && fresh=no || fresh=yes
    for unit in gamepilot-mon.target $services; do
        install -m 0644 "$checkout/systemd/$unit" "$units/$unit"
    done
    systemctl daemon-reload
    [ "$fresh" = no ] || systemctl --quiet enable gamepilot-mon.target $services
}

restart_running() {
    systemctl try-restart $services && return
    fail 'a service did not come back: journalctl -u gamepilot-mon-web -u gamepilot-mon-daemon'
}

say_what_next() {
    say "GamePilot Monitor is installed in $venv; its settings are in $settings/env."
    if systemctl --quiet is-active gamepilot-mon.target; then
        say 'It is running with the new version.'
    else
        say 'Start it with: systemctl start gamepilot-mon.target'
    fi
}

require_machine
python=$(find_python)
require_usable_python "$python"
create_user
create_state
create_venv "$python"
install_package
install_settings
install_command
install_units
restart_running
say_what_next
