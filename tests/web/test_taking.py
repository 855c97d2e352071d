"""What the doors have in common: here, that they close in time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources.intake import Row
from gamepilot_mon.web import last_used
from gamepilot_mon.web.app import assemble
from gamepilot_mon.web.events import WAITING_MAX_ROWS, committer

ROW = Row(None, "deploy", 1, 1, "1.2", None, None, None, None, None)
DOORS = {
    "/v1/logs": b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":17}]}]}]}',
    "/api/1/store/": b'{"message":"x"}',
    "/api/1/envelope/": b'{}\n{"type":"event"}\n{"message":"x"}',
}


def commit(rows: list[Row]) -> None:
    committer.commit(rows)
    db.database.close()


def until(held: bool, rows: int) -> None:
    done = threading.Event()
    for _ in range(2_000):
        if committer._turn.locked() is held and committer.waiting() == rows:
            return
        done.wait(0.005)
    raise AssertionError(f"{committer.waiting()} rows wait, not {rows}")


@pytest.fixture
def token(store: Path) -> str:
    now = utcnow()
    with db.write():
        text = tokens.create("ingest", "app", now)
    sender = tokens.verify(text, now)
    assert sender
    last_used.note(sender, now)  # what else would be written beside the request
    return text


@pytest.fixture
def full(token: str) -> Iterator[None]:
    """One commit waits for the store, and behind it as many rows as may."""
    with ThreadPoolExecutor(2) as pool, db.write():
        pool.submit(commit, [ROW])
        until(held=True, rows=0)
        pool.submit(commit, [ROW] * WAITING_MAX_ROWS)
        until(held=True, rows=WAITING_MAX_ROWS)
        yield


@pytest.mark.parametrize("path", DOORS)
def test_it_says_when_to_come_back_when_too_much_waits(
    settings: Settings, token: str, full: None, path: str
) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    answer = assemble(settings).test_client().post(path, data=DOORS[path], headers=headers)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    if path.startswith("/api"):
        assert answer.headers["X-Sentry-Rate-Limits"] == "1::key"
    else:
        assert answer.get_json()["code"] == 8
