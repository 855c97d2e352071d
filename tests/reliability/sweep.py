"""Kill the daemon at every write, one after the other, while it delivers one alert: nothing lost, doubles marked.

    python -m tests.reliability.sweep [--every N] [--first N] [--syscall NAME]

strace counts the calls of one kind, each thread's by itself, and kills the daemon as the n-th is made; an untouched
daemon then finishes the work. n grows until a run is not killed any more, since it got to the end of its work first.
Exit 1 when a message was lost or a doubled one was not marked.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gamepilot_mon import custom_alert, db
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.clock import utcnow
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Notification
from gamepilot_mon.settings import Settings
from tests.processes import Running, daemon, eventually

# Writes of the store, their way to the disk, and the bytes that leave for the provider.
SYSCALLS = ("pwrite64", "fsync", "sendto")
ALERTS = 2
WITHIN_S = 30
LAST = 2_000


@dataclass
class Tally:
    killed: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)


def sweep(syscall: str, *, first: int = 1, every: int = 1, last: int = LAST) -> Tally:
    tally = Tally()
    for number in range(first, last, every):
        if not _one(syscall, number, tally):
            break
    return tally


def _one(syscall: str, number: int, tally: Tally) -> bool:
    """Whether the daemon was killed; False ends the sweep."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SlackCatcher() as hook,
        owed(Path(folder), hook) as environ,
    ):
        inject = ("-e", f"trace={syscall}", "-e", f"inject={syscall}:signal=KILL:when={number}")
        command = ("strace", "-f", "-qq", "-o", "/dev/null", *inject, sys.executable, "-m", "daemon")
        traced = Running(command, environ, Path(folder), "traced").start()
        eventually(lambda: traced.process.poll() is not None or done(), within_s=WITHIN_S, what="an end")
        killed = traced.process.poll() is not None
        if not killed:
            end(traced)
        with daemon(environ, Path(folder)):
            eventually(done, within_s=WITHIN_S, what=f"delivery after a kill at {syscall} {number}")
        judge(f"{syscall} {number}", hook, tally)
        tally.killed += killed
        db.database.close()
        return killed


def end(traced: Running) -> None:
    """strace holds signals back from itself, and the daemon would outlive it alone: both are ended."""
    os.killpg(traced.process.pid, signal.SIGKILL)
    traced.process.wait()


@contextmanager
def owed(folder: Path, hook: SlackCatcher) -> Iterator[dict[str, str]]:
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
        "GAMEPILOT_MON_WEBHOOK_ENABLED": "true", "GAMEPILOT_MON_WEBHOOK_URL": hook.url,
    }  # fmt: skip
    settings = Settings.from_env(environ, dotenv=None)
    db.open_database(settings.database_url, busy_timeout_s=30)
    with db.write():
        for number in range(ALERTS):
            wanted = CustomAlert(type="sweep", severity="critical", message=f"alert {number}")
            custom_alert.raise_alert(settings, wanted, utcnow())
    yield environ


def done() -> bool:
    return not Notification.select().where(Notification.state != "sent").exists()


def judge(where: str, hook: SlackCatcher, tally: Tally) -> None:
    seen: dict[str, list[bool]] = {}
    for post in hook.messages:
        seen.setdefault(post.payload["notificationId"], []).append(post.payload["resend"])
    if set(seen) != {row.uid for row in Notification.select()}:
        tally.problems.append(f"{where}: lost")
    if not all(all(marks[1:]) for marks in seen.values()):
        tally.problems.append(f"{where}: doubled without a mark")
    tally.doubled += sum(len(marks) - 1 for marks in seen.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--last", type=int, default=LAST)
    parser.add_argument("--syscall", choices=SYSCALLS, action="append")
    wanted = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed, so nothing was swept", file=sys.stderr)
        return 2
    problems = []
    for syscall in wanted.syscall or SYSCALLS:
        tally = sweep(syscall, first=wanted.first, every=wanted.every, last=wanted.last)
        print(f"{syscall}: {tally.killed} kills, {tally.doubled} doubled, {len(tally.problems)} problems")
        problems += tally.problems
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
