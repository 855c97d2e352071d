from pathlib import Path

import pytest

from gamepilot_mon import db, stream
from gamepilot_mon.models import Cursor, Event
from gamepilot_mon.stream import Reader, Stream

ERRORS = Stream("of-errors", ("error",))
NOW = 1_795_521_600_000


def arrive(*kinds: str) -> None:
    for kind in kinds:
        Event.create(kind=kind, at=NOW, received_at=NOW)


def take(limit: int) -> tuple[list[int], bool]:
    with db.write():
        batch = ERRORS.batch(limit)
        ERRORS.moved(batch.position)
    return [row.id for row in batch.rows], batch.more


def test_it_reads_each_event_of_its_kinds_once(store: Path) -> None:
    arrive("error", "metric", "error", "error", "metric")
    assert take(2) == ([1, 3], True)
    assert take(2) == ([4], False)
    assert take(2) == ([], False)


def test_it_looks_at_a_bounded_number_of_others(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STRIDE", 2)
    arrive("metric", "metric", "metric", "error")
    assert take(5) == ([], True)
    assert take(5) == ([4], False)


def test_it_moves_past_other_kinds_now_and_then(store: Path) -> None:
    reader = Reader(ERRORS)
    arrive("metric", "metric")
    assert not reader.pending(NOW)
    arrive("metric")
    assert not reader.pending(NOW + 1)
    assert Cursor.read(ERRORS.name) == 2
    assert not reader.pending(NOW + stream.STORED_EVERY_MS)
    assert Cursor.read(ERRORS.name) == 3
    arrive("error")
    assert reader.pending(NOW)


def test_it_never_goes_back(store: Path) -> None:
    with db.write():
        ERRORS.moved(5)
        ERRORS.moved(3)
    assert Cursor.read(ERRORS.name) == 5
