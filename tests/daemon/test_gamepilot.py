import sqlite3
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from daemon.jobs import Context
from daemon.jobs.collect import Collect
from daemon.jobs.gamepilot import UNFOLDED_MAX, GamePilot
from gamepilot_mon import db, feed, rollups
from gamepilot_mon.cli.source import source_group
from gamepilot_mon.clock import DAY_MS, iso, utcnow
from gamepilot_mon.models import Cursor, Event
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources import gamepilot_db, gamepilot_progress, intake
from gamepilot_mon.sources.kinds import Error

ROWS = 12_500


def made(path: Path, tmp_path: Path) -> tuple[GamePilot, Collect]:
    settings = Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db",
            "GAMEPILOT_DATABASE_URL": f"sqlite:///{path}",
        },
        dotenv=None,
    )
    context = Context(settings, lambda: False, lambda _: None)
    return GamePilot(context), Collect(context)


def backlog(path: Path, rows: int, age_ms: int = 0) -> None:
    at = iso(utcnow() - age_ms)
    with closing(sqlite3.connect(path)) as game:
        game.execute(
            "CREATE TABLE IF NOT EXISTS performance_metrics (id INTEGER PRIMARY KEY, operation, duration, success,"
            " timestamp, userId, metadata)"
        )
        game.executemany(
            "INSERT INTO performance_metrics (operation, duration, success, timestamp) VALUES ('x', 1, 1, ?)",
            [(at,)] * rows,
        )
        game.commit()


def test_a_backlog_is_read_a_batch_a_run_and_not_far_ahead_of_the_rollups(
    store: Path, tmp_path: Path
) -> None:
    backlog(tmp_path / "game.db", ROWS)
    job, collect = made(tmp_path / "game.db", tmp_path)
    now = utcnow()
    for _ in range(5):
        job.run(now)
    unfolded = Event.select().count()
    assert UNFOLDED_MAX < unfolded <= UNFOLDED_MAX + gamepilot_db.LIMIT
    described = gamepilot_progress.progress(utcnow()).described()
    assert described["rowsBehind"] == ROWS - unfolded
    with db.write():
        event = Error(operation="pay", error="gone", severity="critical")
        intake.insert(intake.rows_of([event], now))
    collect.run(now)
    assert rollups.by_label("critical_errors", 300_000, utcnow())["pay"].count == 1
    for _ in range(20):
        job.run(now)
        collect.run(now)
    assert Event.select().count() == ROWS + 1
    assert Cursor.read(rollups.CURSOR) == ROWS + 1
    assert gamepilot_progress.progress(utcnow()).behind == 0


def test_a_backlog_of_days_ago_counts_in_its_own_hour_and_pages_nobody(store: Path, tmp_path: Path) -> None:
    backlog(tmp_path / "game.db", 1)
    job, collect = made(tmp_path / "game.db", tmp_path)
    now = utcnow()
    job.run(now)
    backlog(tmp_path / "game.db", 100, age_ms=3 * DAY_MS)
    job.run(now)
    collect.run(now)
    assert rollups.window("operation_duration_ms", DAY_MS, now).count == 1
    assert rollups.window("operation_duration_ms", 4 * DAY_MS, now).count == 101


def test_it_tells_of_a_problem_once_and_the_command_shows_it(store: Path, tmp_path: Path) -> None:
    backlog(tmp_path / "game.db", 3)
    job, _ = made(tmp_path / "game.db", tmp_path)
    for _ in range(3):
        job.run(utcnow())
        backlog(tmp_path / "game.db", 1)
    assert len([item for item in feed.since(0) if "no table error_logs" in item.data]) == 1
    environ = {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{store}"}
    shown = CliRunner().invoke(source_group, ["status"], env=environ)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    assert "PROBLEM  GamePilot's database has no table error_logs" in shown.stdout
    assert "Nothing waits." in shown.stdout
