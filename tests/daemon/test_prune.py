from pathlib import Path

from daemon.jobs import Context
from daemon.jobs.prune import Prune
from gamepilot_mon import db, retention
from gamepilot_mon.clock import HOUR_MS, utcnow
from gamepilot_mon.models import Cursor, Event
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources import intake

OLD = 30_000
ROOM = 1.2  # of the pages that the first load took


def receive(count: int, at: int) -> None:
    row = intake.Row(None, "metric", at, at, "temperature", 1.0, None, None, None, None)
    with db.write():
        intake.insert([row] * count)
        newest = Event.select(Event.id).order_by(Event.id.desc()).limit(1).scalar()
        for reader in retention.FOLDED_BY:
            Cursor.move(reader, newest)


def pages() -> int:
    return int(db.database.execute_sql("PRAGMA page_count").fetchone()[0])


def test_it_deletes_everything_past_its_keep_in_one_run_and_its_space_is_used_again(
    settings: Settings, store: Path
) -> None:
    job = Prune(Context(settings, lambda: False, lambda _: None))
    old = utcnow() - settings.raw_history_ms - HOUR_MS
    receive(OLD, old)
    receive(10, utcnow())
    full = pages()

    assert job.run(utcnow()) is None
    assert Event.select().count() == 10
    receive(OLD, old)
    assert pages() < full * ROOM


def test_it_stops_in_the_middle_when_the_daemon_does(settings: Settings, store: Path) -> None:
    job = Prune(Context(settings, lambda: True, lambda _: None))
    receive(OLD, utcnow() - settings.raw_history_ms - HOUR_MS)

    assert job.run(utcnow()) is not None
    assert Event.select().exists()


def test_it_leaves_a_small_journal_behind(settings: Settings, store: Path) -> None:
    job = Prune(Context(settings, lambda: False, lambda _: None))
    for _ in range(4):
        receive(OLD, utcnow() - settings.raw_history_ms - HOUR_MS)
        job.run(utcnow())

    assert store.with_name(store.name + "-wal").stat().st_size < 16 * 1024 * 1024
