from pathlib import Path

import pytest

from gamepilot_mon import db, rollups
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Cursor, Event, Rollup
from gamepilot_mon.rollups import rebuilding
from gamepilot_mon.sources import intake

NOW = 1_790_000_003_000
SLOW_MS = 1_000


def report(*ages: int, name: str = "login", value: float = 20.0) -> None:
    rows = [
        intake.Row(
            None, "operation", NOW - age, NOW - age, name, value + age % 7, age % 3 > 0, None, None, None
        )
        for age in ages
    ]
    with db.write():
        intake.insert(rows)


def fold(folder: rollups.Folder) -> None:
    while rollups.pending():
        with db.write():
            folder.fold(NOW)


def stored() -> list[tuple[object, ...]]:
    return list(Rollup.select().order_by(Rollup.series_id, Rollup.width, Rollup.start).tuples())


def test_it_makes_the_same_buckets_again(store: Path) -> None:
    report(*range(0, DAY_MS, 97_000))
    report(*range(0, HOUR_MS, 11_000), name="search")
    fold(rollups.Folder(SLOW_MS))
    before = stored()
    with db.write():
        Rollup.update(count=Rollup.count + 1).execute()
    *_, last = rebuilding.rebuild(SLOW_MS, None, NOW)
    assert last.done and not rebuilding.is_under_way()
    assert stored() == before


def test_it_leaves_out_nothing_that_is_folded_meanwhile(store: Path) -> None:
    daemon = rollups.Folder(SLOW_MS)
    report(*range(0, DAY_MS, 97_000))
    fold(daemon)
    for number, _ in enumerate(rebuilding.rebuild(SLOW_MS, None, NOW)):
        report(number * 1_000, 5 * HOUR_MS + number, name=f"operation-{number % 7}")
        fold(daemon)
        if number > 50:
            break
    while rebuilding.is_under_way():
        list(rebuilding.rebuild(SLOW_MS, None, NOW))
    incremental = stored()
    with db.write():
        Rollup.delete().execute()
        Cursor.move(rollups.CURSOR, 0)
    fold(rollups.Folder(SLOW_MS))
    assert incremental == stored()


def test_it_goes_on_where_it_was_cut_off(store: Path) -> None:
    for number in range(12):
        report(*range(0, HOUR_MS, 60_000), name=f"operation-{number}")
    fold(rollups.Folder(SLOW_MS))
    before = stored()
    taken = 0
    while True:
        step = next(rebuilding.rebuild(SLOW_MS, None, NOW))
        taken += 1
        if step.done:
            break
    assert taken > 3 and stored() == before


def test_it_keeps_what_is_older_than_the_raw_events(store: Path) -> None:
    report(*range(0, DAY_MS, 97_000))
    fold(rollups.Folder(SLOW_MS))
    before = stored()
    with db.write():
        Event.delete().where(Event.received_at < NOW - 10 * HOUR_MS).execute()
    list(rebuilding.rebuild(SLOW_MS, None, NOW))
    assert stored() == before
    with pytest.raises(rebuilding.TooOld):
        list(rebuilding.rebuild(SLOW_MS, NOW - 20 * HOUR_MS, NOW))


def test_it_judges_the_past_by_another_limit_of_what_is_slow(store: Path) -> None:
    report(*range(0, 10 * MINUTE_MS, 10_000), value=500.0)
    fold(rollups.Folder(SLOW_MS))
    assert rollups.window("slow_operations", HOUR_MS, NOW).count == 0
    list(rebuilding.rebuild(100.0, None, NOW))
    assert rollups.window("slow_operations", HOUR_MS, NOW).count == 60
