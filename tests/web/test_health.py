from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import ChannelState, Notification, Process
from gamepilot_mon.web import health
from gamepilot_mon.web.health import State
from tests.serving import Server

NOW = 1_000_000


def test_it_says_that_the_process_lives(server: Server) -> None:
    answer = server.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "ok"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(NOW, None, None), []),
        (State(NOW - 15_000, None, NOW - 299_999), []),
        (State(None, None, None), ["not started"]),
        (State(NOW - 15_001, None, None), ["15 s old"]),
        (State(NOW, "deliver,probe", None), ["no progress in deliver,probe"]),
        (State(NOW, None, NOW - 300_000), ["due for 300 s"]),
        (State(None, None, NOW - 300_000), ["not started", "due for 300 s"]),
    ],
)
def test_it_gives_every_reason_for_not_being_ready(state: State, words: list[str]) -> None:
    reasons = health.missing(state, NOW)

    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))


def owed(**columns: Any) -> None:
    Notification.create(
        fingerprint="f", channel="c", change="firing", severity="critical", body={}, created_at=1, **columns
    )


def test_it_reads_the_oldest_notification_that_is_due(store: Path) -> None:
    for uid, due_at, state in (
        ("a", 5, "pending"),
        ("b", 3, "sent"),
        ("c", 4, "pending"),
        ("d", 99, "pending"),
    ):
        owed(uid=uid, due_at=due_at, state=state)

    assert health.state(10) == State(None, None, 4)


def test_what_waits_for_a_provider_that_asked_for_a_pause_is_not_stuck(store: Path) -> None:
    owed(uid="a", due_at=5, state="pending")
    ChannelState(name="c", paused_until=1_000).keep()

    assert health.state(10).oldest_due_at is None
    assert health.state(1_001).oldest_due_at == 5


def test_it_is_ready_once_the_daemon_beats(served: Server) -> None:
    Process.delete().execute()
    before = served.get("/readyz")
    Process.insert(name="daemon", pid=1, started_at=0, beat_at=utcnow()).execute()
    try:
        after = served.get("/readyz")
    finally:
        Process.delete().execute()

    assert before.status_code == 503
    assert before.json()["reasons"] == ["the daemon has not started yet"]
    assert after.status_code == 200
    assert db.database.in_transaction() is False
