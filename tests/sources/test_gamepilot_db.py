import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db, feed, pseudonym
from gamepilot_mon.clock import iso
from gamepilot_mon.models.event import Event
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.sources import gamepilot_by_time, gamepilot_db, gamepilot_progress
from gamepilot_mon.sources.gamepilot_db import Source
from gamepilot_mon.sources.gamepilot_reading import Batch

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

TABLES = {
    "performance_metrics": "id INTEGER PRIMARY KEY,"
    " operation, duration, success, timestamp, userId, metadata",
    "error_logs": "id TEXT PRIMARY KEY, operation, error, stackTrace, timestamp, userId, metadata, severity",
    "mood_selections": "id INTEGER PRIMARY KEY, userId, primaryMood, secondaryMood, intensity, sessionId,"
    " context, outcomes, createdAt",
    "user_actions": "id INTEGER PRIMARY KEY,"
    " userId, type, gameId, gameTitle, moodContext, sessionId, metadata,"
    " createdAt",
    "recommendation_events": "id INTEGER PRIMARY KEY, userId, moodContext, recommendedGames, clickedGameId,"
    " successFlag, sessionId, metadata, createdAt",
    "learning_metrics": "id INTEGER PRIMARY KEY,"
    " userId, metricType, metricValue, period, metadata, created_at",
}


class App:
    """GamePilot's database and the rows that it writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        for table, columns in TABLES.items():
            self.connection.execute(f"CREATE TABLE {table} ({columns})")

    def write(self, table: str, **row: Any) -> None:
        sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        self.connection.execute(sql, tuple(row.values()))

    def operation(self, at: Any = NOW, **row: Any) -> None:
        at = iso(at) if isinstance(at, int) else at
        self.write(
            "performance_metrics", **{"operation": "login", "duration": 12, "success": 1} | row, timestamp=at
        )


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    app = App(tmp_path / "app.db")
    yield app
    app.connection.close()


@pytest.fixture
def source(app: App) -> Iterator[Source]:
    with closing(gamepilot_db.open_source(f"sqlite:///{app.path}")) as source:
        yield source


def collect(source: Source, limit: int = 2_000, now: int = NOW) -> Batch:
    batch = source.poll(now, limit)
    with db.write():
        gamepilot_db.store(batch, now)
    return batch


def told(source: Source, now: int = NOW) -> list[str]:
    """One poll as the job makes it; what the log and the feed say of it."""
    batch = source.poll(now)
    with db.write():
        gamepilot_db.store(batch, now)
        return gamepilot_progress.keep(batch.problems, batch.notices, now)


def events() -> list[dict[str, Any]]:
    shown = ("kind", "at", "name", "value", "ok", "severity", "user", "data")
    return [
        {n: getattr(e, n) for n in shown if getattr(e, n) is not None}
        for e in Event.select().order_by(Event.id)
    ]


def test_it_counts_each_row_once_though_it_looks_behind_itself(store: Path, app: App, source: Source) -> None:
    for _ in range(3):
        app.operation()
    assert source.changed()
    collect(source)
    [cursor] = [row for row in SourceCursor.select() if row.name == "performance_metrics"]
    assert (cursor.rows, Event.select().count()) == (3, 3)


def test_it_maps_each_table_to_its_kind_of_event(store: Path, app: App, source: Source) -> None:
    app.operation(userId="ann", metadata='{"a": 1}')
    app.write(
        "error_logs", id="e-1", operation="search", error="gone", stackTrace="at x", severity="CRITICAL",
        timestamp=iso(NOW), userId=7,
    )  # fmt: skip
    app.write(
        "mood_selections", userId="ann", primaryMood="social", secondaryMood="creative", intensity=0.7,
        context='{"time": "night"}', createdAt=iso(NOW),
    )  # fmt: skip
    app.write("user_actions", userId="ann", type="launch", gameId="g1", gameTitle="Chess", createdAt=iso(NOW))
    app.write(
        "recommendation_events", userId="ann", moodContext="social", recommendedGames='["g1", "g2"]',
        clickedGameId="g1", successFlag=1, createdAt=iso(NOW),
    )  # fmt: skip
    app.write("learning_metrics", metricType="accuracy", metricValue=0.8, period="daily", created_at=iso(NOW))
    batch = collect(source)
    assert (batch.problems, batch.skipped, batch.more) == ([], 0, False)
    assert events() == [
        {"kind": "operation", "at": NOW, "name": "login", "value": 12.0, "ok": True, "user": pseudonym.of("ann"),
         "data": {"metadata": {"a": 1}}},
        {"kind": "error", "at": NOW, "name": "search", "severity": "critical", "user": pseudonym.of("7"),
         "data": {"error": "gone", "stack_trace": "at x"}},
        {"kind": "mood_selection", "at": NOW, "name": "social", "value": 0.7, "user": pseudonym.of("ann"),
         "data": {"secondary_mood": "creative", "context": {"time": "night"}}},
        {"kind": "user_action", "at": NOW, "name": "launch", "user": pseudonym.of("ann"),
         "data": {"game_id": "g1", "game_title": "Chess"}},
        {"kind": "recommendation", "at": NOW, "ok": True, "user": pseudonym.of("ann"),
         "data": {"mood_context": "social", "recommended_games": ["g1", "g2"], "clicked_game_id": "g1"}},
        {"kind": "learning", "at": NOW, "name": "accuracy", "value": 0.8, "data": {"period": "daily"}},
    ]  # fmt: skip
    assert {e.key for e in Event.select()} >= {"gp:performance_metrics:1", "gp:error_logs:e-1"}


def test_it_reads_on_from_where_it_was(store: Path, app: App, source: Source) -> None:
    app.operation(operation="one")
    collect(source)
    app.operation(operation="two")
    collect(source)
    collect(source)
    assert [e["name"] for e in events()] == ["one", "two"]


def test_it_counts_a_row_once_when_its_cursor_was_lost(store: Path, app: App, source: Source) -> None:
    app.operation()
    collect(source)
    SourceCursor.delete().execute()
    assert len(collect(source).rows) == 1
    assert len(events()) == 1


def test_it_begins_with_the_last_day(store: Path, app: App, source: Source) -> None:
    for hours in range(1000, -1, -1):
        app.operation(NOW - hours * HOUR)
    collect(source)
    assert [e["at"] for e in events()] == [NOW - hours * HOUR for hours in range(24, -1, -1)]


def test_it_catches_up_in_bounded_steps(store: Path, app: App, source: Source) -> None:
    for _ in range(25):
        app.operation()
    sizes = []
    while True:
        batch = collect(source, limit=10)
        sizes.append(len(batch.rows))
        if not batch.more:
            break
    assert sum(sizes) == 25 == len(events())
    assert max(sizes) <= 20


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-24T11:00:00.000Z", "2026-11-24T11:00:00", "2026-11-24 11:00:00", "2026-11-24T13:00:00+02:00",
        NOW - HOUR, (NOW - HOUR) // 1000, (NOW - HOUR) / 1000, str(NOW - HOUR),
    ],
)  # fmt: skip
def test_it_understands_the_usual_ways_to_write_a_time(
    store: Path, app: App, source: Source, written: Any
) -> None:
    app.write("performance_metrics", operation="x", duration=1, success=1, timestamp=written)
    collect(source)
    assert [e["at"] for e in events()] == [NOW - HOUR]


def test_it_clamps_a_time_in_the_future_and_says_so(store: Path, app: App, source: Source) -> None:
    app.operation(NOW + 5 * MINUTE)
    app.operation(NOW + 6 * MINUTE)
    collect(source)
    collect(source)
    assert [e["at"] for e in events()] == [NOW + 5 * MINUTE, NOW]
    assert events()[1]["data"] == {"clamped": True, "timestamp": iso(NOW + 6 * MINUTE)}


def test_it_leaves_out_rows_with_values_of_the_wrong_type(store: Path, app: App, source: Source) -> None:
    app.operation(operation="good")
    app.operation(duration="fast")
    app.operation(duration=-1)
    app.operation(operation=b"\xff")
    app.operation(success="maybe")
    app.operation("yesterday-ish")
    app.operation(operation="also good", metadata="{no json")
    batch = collect(source)
    assert batch.skipped == 5
    assert batch.problems == [
        "GamePilot's table performance_metrics has rows with values of the wrong type; they are left out"
    ]
    assert [e["name"] for e in events()] == ["good", "also good"]


def test_it_survives_text_that_is_not_utf8(store: Path, app: App, source: Source) -> None:
    app.connection.execute(
        "INSERT INTO performance_metrics (operation, duration, success, timestamp)"
        " VALUES (CAST(x'6cff6e' AS TEXT), 1, 1, ?)",
        (iso(NOW),),
    )
    collect(source)
    assert [e["name"] for e in events()] == ["l\ufffdn"]


def test_it_reports_what_is_missing_once_and_goes_on(store: Path, app: App, source: Source) -> None:
    app.connection.execute("DROP TABLE error_logs")
    app.connection.execute("ALTER TABLE user_actions DROP COLUMN gameTitle")
    app.connection.execute("ALTER TABLE learning_metrics DROP COLUMN metricValue")
    app.write("user_actions", userId="ann", type="view", createdAt=iso(NOW))
    assert collect(source).problems == [
        "GamePilot's database has no table error_logs",
        "GamePilot's table user_actions has no column gameTitle",
        "GamePilot's table learning_metrics has no column metricValue",
    ]
    assert [e["name"] for e in events()] == ["view"]
    assert len(told(source)) == 3
    assert told(source) == []


def test_it_takes_snake_case_columns_for_the_same(store: Path, app: App, source: Source) -> None:
    app.connection.execute("ALTER TABLE user_actions RENAME COLUMN gameId TO game_id")
    app.write("user_actions", userId="ann", type="view", game_id="g1", createdAt=iso(NOW))
    assert collect(source).problems == []
    assert events()[0]["data"] == {"game_id": "g1"}


def test_it_counts_the_rows_of_a_database_that_was_made_anew(store: Path, app: App, source: Source) -> None:
    for minute in range(5, 0, -1):
        app.operation(NOW - minute * MINUTE)
    collect(source)
    app.connection.execute("DELETE FROM performance_metrics")
    app.operation(NOW, operation="new")
    collect(source)
    assert [e["name"] for e in events()] == ["login"] * 5 + ["new"]
    for _ in range(9):
        app.operation(NOW, operation="more")
    collect(source)
    collect(source)
    assert len(events()) == 15


def test_it_does_not_read_again_when_only_the_newest_rows_were_deleted(
    store: Path, app: App, source: Source
) -> None:
    for minute in range(5, 0, -1):
        app.operation(NOW - minute * MINUTE)
    collect(source)
    app.connection.execute("DELETE FROM performance_metrics WHERE id > 3")
    collect(source)
    assert len(events()) == 5


def test_it_follows_text_ids_through_a_vacuum(store: Path, app: App, source: Source) -> None:
    def fail(number: int) -> None:
        app.write("error_logs", id=f"e-{number}", operation="x", error="y", timestamp=iso(NOW - 60 + number))

    for number in range(10):
        fail(number)
    collect(source)
    app.connection.execute("DELETE FROM error_logs WHERE rowid < 6")
    app.connection.execute("VACUUM")
    fail(10)
    collect(source)
    assert [e.key for e in Event.select().order_by(Event.id)] == [f"gp:error_logs:e-{n}" for n in range(11)]


def test_it_notices_a_change_cheaply(app: App, source: Source) -> None:
    assert source.changed()
    assert not source.changed()
    app.operation()
    assert source.changed()
    assert not source.changed()


def test_it_notices_that_the_file_was_replaced(app: App, source: Source, tmp_path: Path) -> None:
    source.changed()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        app.connection.backup(other)
    (tmp_path / "other.db").rename(app.path)
    assert source.changed()
    assert not source.changed()


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_it_never_keeps_the_app_from_writing(store: Path, app: App, source: Source, mode: str) -> None:
    app.connection.execute(f"PRAGMA journal_mode = {mode}")
    app.connection.execute("PRAGMA busy_timeout = 0")
    for _ in range(20):
        assert source.changed()
        collect(source)
        app.operation()
    app.connection.execute("BEGIN EXCLUSIVE")
    app.connection.execute("COMMIT")
    collect(source)
    assert len(events()) == 20


def test_it_says_what_is_wrong_with_the_database_once_until_it_is_gone(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    with closing(gamepilot_db.open_source(f"sqlite:///{path}")) as source:
        assert source.changed()
        assert told(source) == [f"GamePilot's database {path} does not exist"]
        assert told(source) == []
        app = App(path)
        assert source.changed()
        app.operation()
        assert told(source) == []
        assert [e["name"] for e in events()] == ["login"]
        app.connection.close()
        path.unlink()
        assert told(source) == [f"GamePilot's database {path} does not exist"]
    item = feed.latest("system:error")
    assert item is not None and "does not exist" in item.data


def test_it_cuts_what_is_too_long(store: Path, app: App, source: Source) -> None:
    app.operation(operation="x" * 100_000, metadata=json.dumps({"a": "y" * 100_000}))
    collect(source)
    (event,) = events()
    assert len(event["name"]) == len(event["data"]["metadata"]) == 4_000


def test_it_says_about_how_many_rows_by_time_wait(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gamepilot_by_time, "BEHIND_COUNTED", 20)
    path = tmp_path / "by-time.db"
    columns = "id TEXT, operation TEXT, duration REAL, success INTEGER, timestamp TEXT"
    with closing(sqlite3.connect(path)) as game:
        game.execute(
            f"CREATE TABLE performance_metrics ({columns}, PRIMARY KEY (timestamp, id)) WITHOUT ROWID"
        )
        rows = [(str(n), "login", 5.0, 1, iso(NOW - 60_000 + n)) for n in range(40)]
        game.executemany("INSERT INTO performance_metrics VALUES (?, ?, ?, ?, ?)", rows)
        game.commit()
    with closing(gamepilot_db.open_source(f"sqlite:///{path}")) as source:
        behind = [collect(source, limit=5).cursors[0].behind for _ in range(8)]
    assert behind == [20, 15, 20, 15, 15, 10, 5, 0]
