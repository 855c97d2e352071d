#!/opt/gamepilot-mon/bin/python -I
"""`gamepilot-mon` on an installed machine: the command of the venv, run as the services run.

It has the services' user, settings and folder, so that `sudo gamepilot-mon token create --role admin` works
on their database. install.sh puts this file at /usr/local/bin/gamepilot-mon.
"""

import os
import pwd
import re
import sys
from pathlib import Path

COMMAND = "/opt/gamepilot-mon/bin/gamepilot-mon"
SETTINGS = Path("/etc/gamepilot-mon/env")
STATE = "/var/lib/gamepilot-mon"
USER = "gamepilot-mon"
DEFAULTS = {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{STATE}/gamepilot-mon.db", "HOME": STATE}

# What a terminal needs. Other names of the caller's environment are left out: a JWT_SECRET exported in an
# administrator's shell is not a setting of the services.
TERMINAL = ("COLUMNS", "LANG", "LC_ALL", "LINES", "NO_COLOR", "PATH", "TERM")

# An assignment in a systemd EnvironmentFile=: quoted parts first, then bare text to the end of the line.
QUOTED = r"""'[^']*'|"(?:\\.|[^"\\])*\""""
ASSIGNMENT = re.compile(
    r"^[ \t]*(?P<name>[^\s=#;][^=\n]*?)[ \t]*=[ \t]*"
    rf"(?P<quoted>(?:(?:{QUOTED})[ \t]*)*)(?P<bare>(?:\\.|[^\\\n])*)$",
    re.MULTILINE | re.DOTALL,
)
COMMENT = re.compile(r"^[ \t]*[#;](?:\\.|[^\\\n])*$", re.MULTILINE | re.DOTALL)


def parse(text: str) -> dict[str, str]:
    """Read settings by the rules of systemd's EnvironmentFile=, so that command and services agree."""
    found = ASSIGNMENT.finditer(COMMENT.sub("", text))
    return {match["name"]: unquoted(match["quoted"]) + bare(match["bare"]) for match in found}


def unquoted(text: str) -> str:
    return "".join(part_of(quoted) for quoted in re.findall(QUOTED, text, re.DOTALL))


def part_of(quoted: str) -> str:
    if quoted.startswith("'"):
        return quoted[1:-1]
    # Within double quotes a backslash escapes only what a shell would expand; before a line end both go.
    return re.sub(r"\\([\"\\`$\n])", lambda match: match[1].strip("\n"), quoted[1:-1])


def bare(text: str) -> str:
    kept = re.match(r"(?:\\.|[^\\])*?(?=\s*\Z)", text, re.DOTALL)
    return re.sub(r"\\(.)", lambda match: match[1].strip("\n"), kept[0] if kept else "", flags=re.DOTALL)


def environment() -> dict[str, str]:
    terminal = {name: os.environ[name] for name in TERMINAL if name in os.environ}
    return terminal | DEFAULTS | parse(SETTINGS.read_text())


def become_service() -> None:
    account = pwd.getpwnam(USER)
    if os.geteuid() == account.pw_uid:
        return
    os.initgroups(USER, account.pw_gid)
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)


def main() -> None:
    try:
        settings = environment()
        become_service()
        # The caller's folder may be closed to the service user, and its .env is another installation's.
        os.chdir(STATE)
    except PermissionError:
        sys.exit("gamepilot-mon: this acts on the installed services; use: sudo gamepilot-mon")
    except (FileNotFoundError, KeyError) as problem:
        sys.exit(f"gamepilot-mon: the installation is incomplete ({problem}); run: sudo make install")
    os.umask(0o077)
    os.execve(COMMAND, ["gamepilot-mon", *sys.argv[1:]], settings)


if __name__ == "__main__":
    main()
