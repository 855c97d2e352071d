"""How fast a channel delivers that is not paced: notifications a second through the daemon's own worker.

A webhook that answers at once, and one that answers after 50 ms as one beyond the internet does, in a process of its
own. Many notifications wait; a few of them are sent and the rest is left. Beside it: one after the other, each with a
commit before it leaves and one after the answer. Commits and fsyncs are counted, and the seconds of CPU.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from daemon.delivery import Worker
from gamepilot_mon import attempts, channels, contents, db, turns
from gamepilot_mon.attempts import Outcome
from gamepilot_mon.channels.webhook.config import WebhookConfig
from gamepilot_mon.clock import utcnow
from gamepilot_mon.destinations import Destination
from gamepilot_mon.models import Notification
from gamepilot_mon.settings import Settings

WAITING = 10_000
SENT = 300
CHANNEL = "webhook"
DELAYS_MS = (0, 50)
CATCHER = """
import sys, time
from gamepilot_mon.catchers.slack import SlackCatcher
with SlackCatcher(on_message=lambda post: time.sleep(float(sys.argv[1]))) as catcher:
    print(catcher.url, flush=True)
    sys.stdin.read()
"""


@dataclass
class Tally:
    name: str
    seconds: float
    cpu_s: float
    commits: int


def main() -> int:
    print(f"{SENT} of {WAITING:,} waiting notifications through a webhook, on this machine")
    print(f"  {'':<44} {'a second':>9} {'CPU ms each':>12} {'commits each':>13}")
    for delay_ms in DELAYS_MS:
        with webhook(delay_ms) as config:
            for name, way in (("one by one, two commits each", one_by_one), ("the worker", by_worker)):
                show(measured(f"{name}, answered after {delay_ms} ms", lambda way=way: way(config)))  # type: ignore[misc]
    return 0


def show(tally: Tally) -> None:
    print(
        f"  {tally.name:<44} {SENT / tally.seconds:>9.0f} {tally.cpu_s / SENT * 1000:>12.1f} "
        f"{tally.commits / SENT:>13.2f}"
    )


def measured(name: str, way: Callable[[], None]) -> Tally:
    with tempfile.TemporaryDirectory() as folder, counted() as commits:
        db.open_database(f"sqlite:///{folder}/mon.db")
        owe(utcnow())
        commits.clear()
        begun, cpu = time.monotonic(), time.process_time()
        way()
        tally = Tally(name, time.monotonic() - begun, time.process_time() - cpu, len(commits))
        db.database.close()
    return tally


@contextlib.contextmanager
def counted() -> Iterator[list[int]]:
    """A mark for each commit of this process."""
    marks: list[int] = []
    commit = db.database.commit

    def marked() -> object:
        marks.append(1)
        return commit()

    db.database.commit = marked
    try:
        yield marks
    finally:
        db.database.commit = commit


def owe(now: int) -> None:
    with db.write():
        for start in range(0, WAITING, 100):
            Notification.insert_many([notification(n, now) for n in range(start, start + 100)]).execute()


def notification(number: int, now: int) -> dict[str, object]:
    severity = "critical" if number % 50 == 49 else "warning"
    return {
        "uid": uuid.uuid4().hex, "alert_id": number + 1, "fingerprint": f"f{number}", "channel": CHANNEL,
        "change": "firing", "severity": severity, "created_at": now, "due_at": now,
        "body": {
            "type": "flood", "severity": severity, "status": "firing", "text": f"alert {number}", "value": None,
            "threshold": None, "timestamp": now, "started_at": now, "ended_at": None, "labels": {},
            "metadata": {}, "url": None, "route": None,
        },
    }  # fmt: skip


def one_by_one(config: WebhookConfig) -> None:
    channel = channels.installed()[CHANNEL]
    traits = channels.traits(channel)
    for _ in range(SENT):
        turn = turns.next_turn(CHANNEL, traits, utcnow())
        [(row, attempt)] = attempts.exchange([], turn.rows[:1], traits.pace, utcnow())
        receipt = channel.send(config, contents.message(row, utcnow()))
        attempts.exchange([Outcome(row, attempt, receipt, utcnow())], [], traits.pace, utcnow())


def by_worker(config: WebhookConfig) -> None:
    settings = Settings.from_env(
        {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{db.database.database}"}, dotenv=None
    )
    worker = Worker(settings, channels.installed()[CHANNEL], Destination(CHANNEL, CHANNEL, config))
    worker.start()
    while Notification.select().where(Notification.state == "sent").count() < SENT:
        time.sleep(0.02)
    worker.stop()
    worker.join()


@contextlib.contextmanager
def webhook(delay_ms: int) -> Iterator[WebhookConfig]:
    command = [sys.executable, "-c", CATCHER, str(delay_ms / 1000)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1], env=os.environ
    ) as process:  # fmt: skip
        assert process.stdout and process.stdin
        yield WebhookConfig(url=process.stdout.readline().strip(), trusted=True)
        process.stdin.close()


if __name__ == "__main__":
    raise SystemExit(main())
