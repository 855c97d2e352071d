"""SIGSTOP of the daemon, as a suspended machine or a debugger does it: the clock jumps, and nothing is lost by it.

STOPPED sets for how many seconds (3 by default).
"""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

from gamepilot_mon.catchers.slack import Hang
from gamepilot_mon.clock import MINUTE_MS, utcnow
from gamepilot_mon.models import Attempt, Notification, Process
from tests.processes import Running, eventually
from tests.reliability.house import house, told

STOPPED_MS = int(os.environ.get("STOPPED", "3")) * 1_000
ALERTS = 4


def test_it_sends_what_came_while_it_was_stopped_once_and_says_how_late(tmp_path: Path) -> None:
    with house(tmp_path) as our:
        our.slack.fail_next(Hang())
        our.alert("in the air")
        eventually(lambda: our.slack.attempts, what="a send that hangs")
        others = Notification.select().where(Notification.state == "sent")
        eventually(lambda: others.clone().count() == 2, what="the other channels")

        stopped_at = utcnow()
        with stopped(our.daemon, tmp_path / "mon.db"):
            for number in range(ALERTS):
                our.alert(f"while stopped {number}")
            our.alert("long ago", at=stopped_at - 5 * MINUTE_MS)
            eventually(
                lambda: utcnow() - stopped_at >= STOPPED_MS, within_s=STOPPED_MS / 1_000 + 20,
                what="the end of the stop",
            )  # fmt: skip
            assert len(our.hook.messages) == 1
        continued_at = utcnow()
        our.settled()
        print(
            f"stopped for {STOPPED_MS / 1000:.0f} s; all told {(utcnow() - continued_at) / 1000:.1f} s after it"
        )

        assert Notification.select().where(Notification.state != "sent").count() == 0
        late = {post.payload["alert"]["message"]: post.payload["lateMs"] for post in our.hook.messages}
        assert len(our.hook.messages) == len(late) == ALERTS + 2
        assert all(late[f"while stopped {n}"] >= STOPPED_MS - 500 for n in range(ALERTS))
        assert late["long ago"] >= 5 * MINUTE_MS
        assert len(our.mail.messages) == ALERTS + 2
        [mail] = [m.message for m in our.mail.messages if "long ago" in body(m.message)]
        assert f"This message is {5 + STOPPED_MS // MINUTE_MS} min" in body(mail)

        # Only the send that the stop caught in the air is made twice, and says so.
        marks = [told(post) for post in our.slack.attempts]
        assert len(marks) == ALERTS + 3 and len({uid for uid, _ in marks}) == ALERTS + 2
        assert [again for _, again in marks].count(True) == 1 and marks[0][0] in {u for u, a in marks if a}
        assert Attempt.select().where(Attempt.outcome == "interrupted").count() == 0

        beat = eventually(
            lambda: Process.get_or_none((Process.name == "daemon") & (Process.beat_at > continued_at)),
            what="a heartbeat after the stop",
        )
        assert beat.stalled is None


@contextmanager
def stopped(daemon: Running, store: Path) -> Iterator[None]:
    """Stopped between two writes: within one it would hold the store's lock, and everybody would wait for it."""
    eventually(lambda: stops_without_a_lock(daemon, store), what="a moment without a write")
    try:
        yield
    finally:
        daemon.process.send_signal(signal.SIGCONT)


def stops_without_a_lock(daemon: Running, store: Path) -> bool:
    daemon.process.send_signal(signal.SIGSTOP)
    with closing(sqlite3.connect(store, timeout=0.2, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            daemon.process.send_signal(signal.SIGCONT)
            return False
        connection.execute("ROLLBACK")
        return True


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return part.get_content() if part else ""
