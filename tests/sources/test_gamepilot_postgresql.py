import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from gamepilot_mon import db, pseudonym
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Event, SourceCursor
from gamepilot_mon.sources import gamepilot_db, gamepilot_postgresql, gamepilot_progress
from gamepilot_mon.sources.gamepilot_db import Source
from gamepilot_mon.sources.gamepilot_postgresql import PostgresConnection
from gamepilot_mon.sources.gamepilot_reading import SKIPPED_KEPT, Batch
from gamepilot_mon.sources.gamepilot_rows import OVERLAP_MS
from gamepilot_mon.sources.gamepilot_schema import Unreadable
from tests.postgresql import PASSWORD, QUOTED_PASSWORD, Server
from tests.processes import eventually

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# As an ORM would make them: one table with numbers, one with uuids, one with another spelling.
SCHEMA = """
CREATE TABLE users (id uuid PRIMARY KEY);
CREATE TABLE performance_metrics (id bigserial PRIMARY KEY, operation text NOT NULL, duration numeric(12, 3),
    success boolean, "timestamp" timestamptz, "userId" uuid, metadata jsonb);
CREATE TABLE error_logs (id uuid PRIMARY KEY, operation text, error text, "stackTrace" text,
    "timestamp" timestamp, "userId" text, metadata json, severity varchar(20));
CREATE INDEX ON error_logs ("timestamp", id);
CREATE TABLE mood_selections (id text PRIMARY KEY, userid text, primarymood text, secondarymood text,
    intensity real, sessionid text, context text, outcomes text, createdat text);
CREATE TABLE user_actions (id serial PRIMARY KEY, user_id int, type text, game_id text, game_title text,
    mood_context jsonb, session_id text, metadata text, created_at bigint);
CREATE TABLE recommendation_events ("userId" text, "moodContext" text, "recommendedGames" text[],
    "clickedGameId" text, "successFlag" smallint, "sessionId" text, metadata jsonb, "createdAt" double precision);
CREATE TABLE learning_metrics (id smallserial PRIMARY KEY, "userId" text, "metricType" text,
    "metricValue" double precision, period text, metadata jsonb, "createdAt" date);
"""


class App:
    """GamePilot's database and the rows that it writes."""

    def __init__(self, server: Server) -> None:
        self.name = server.empty_database()
        self.server = server
        self.url = server.url(self.name)
        self.connection = self.connect()
        self.run(SCHEMA)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, autocommit=True)

    def run(self, sql: str) -> None:
        self.connection.execute(sql)  # type: ignore[call-overload]

    def write(self, table: str, on: psycopg.Connection[Any] | None = None, **row: Any) -> None:
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join(["%s"] * len(row))
        (on or self.connection).execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # type: ignore[arg-type]
            tuple(row.values()),
        )

    def operation(self, at: int = NOW, on: psycopg.Connection[Any] | None = None, **row: Any) -> None:
        values = {"operation": "login", "duration": 12, "success": True, "timestamp": iso(at)} | row
        self.write("performance_metrics", on, **values)

    def error(self, at: int = NOW, on: psycopg.Connection[Any] | None = None, **row: Any) -> None:
        values = {"id": uuid.uuid4(), "operation": "search", "error": "gone", "timestamp": iso(at)} | row
        self.write("error_logs", on, **values)


@pytest.fixture
def app(postgresql: Server) -> Iterator[App]:
    app = App(postgresql)
    yield app
    app.connection.close()


@pytest.fixture
def source(store: Path, app: App) -> Iterator[Source]:
    with closing(gamepilot_db.open_source(app.url)) as source:
        yield source


def collect(source: Source, limit: int = 5_000, now: int = NOW) -> Batch:
    """Poll until nothing waits; the last batch, with all rows."""
    rows = []
    while True:
        batch = source.poll(now, limit)
        rows += batch.rows
        with db.write():
            gamepilot_db.store(batch, now)
        if not batch.more:
            batch.rows = rows
            return batch


def names(kind: str | None = None) -> list[str | None]:
    rows = Event.select().order_by(Event.id)
    return [event.name for event in rows if kind in (None, event.kind)]


def swept(source: Source, expected: int, now: int = NOW) -> None:
    """Wait until a sweep has brought the stored events to `expected`."""

    def found() -> bool:
        if source.changed():
            collect(source, now=now)
        return Event.select().count() >= expected

    eventually(found, within_s=30, what=f"{expected} events")
    assert Event.select().count() == expected


def test_it_maps_each_table_to_its_kind_of_event(app: App, source: Source) -> None:
    ann = uuid.UUID(int=7)
    app.operation(userId=ann, metadata=Jsonb({"a": 1}))
    app.error(stackTrace="at x", severity="CRITICAL", userId="7")
    app.write(
        "mood_selections", id="m-1", userid="ann", primarymood="social", secondarymood="creative", intensity=0.5,
        context='{"time": "night"}', createdat=iso(NOW),
    )  # fmt: skip
    app.write(
        "user_actions", user_id=7, type="launch", game_id="g1", mood_context=Jsonb(["x"]), created_at=NOW
    )
    app.write(
        "recommendation_events", userId="ann", moodContext="social", recommendedGames=["g1", "g2"],
        successFlag=1, createdAt=NOW / 1000,
    )  # fmt: skip
    app.write(
        "learning_metrics", metricType="accuracy", metricValue=0.8, period="daily", createdAt="2026-11-24"
    )
    batch = collect(source)
    assert (batch.problems, batch.skipped) == ([], 0)
    shown = ("kind", "at", "name", "value", "ok", "severity", "user", "data")
    assert [
        {n: getattr(e, n) for n in shown if getattr(e, n) is not None} for e in Event.select().order_by(Event.id)
    ] == [
        {"kind": "operation", "at": NOW, "name": "login", "value": 12.0, "ok": True, "user": pseudonym.of(str(ann)),
         "data": {"metadata": {"a": 1}}},
        {"kind": "error", "at": NOW, "name": "search", "severity": "critical", "user": pseudonym.of("7"),
         "data": {"error": "gone", "stack_trace": "at x"}},
        {"kind": "mood_selection", "at": NOW, "name": "social", "value": 0.5, "user": pseudonym.of("ann"),
         "data": {"secondary_mood": "creative", "context": {"time": "night"}}},
        {"kind": "user_action", "at": NOW, "name": "launch", "user": pseudonym.of("7"),
         "data": {"game_id": "g1", "mood_context": ["x"]}},
        {"kind": "recommendation", "at": NOW, "ok": True, "user": pseudonym.of("ann"),
         "data": {"mood_context": "social", "recommended_games": ["g1", "g2"]}},
        {"kind": "learning", "at": NOW - 12 * HOUR, "name": "accuracy", "value": 0.8, "data": {"period": "daily"}},
    ]  # fmt: skip


@pytest.mark.parametrize("table", ["performance_metrics", "error_logs"])
def test_it_reads_on_from_where_it_was(app: App, source: Source, table: str) -> None:
    write = app.operation if table == "performance_metrics" else app.error
    write(NOW - 2 * DAY, operation="old")
    for number in range(25):
        write(NOW - 30 + number, operation=f"n{number}")
    assert len(collect(source, limit=10).rows) == 25
    write(NOW, operation="new")
    collect(source)
    collect(source)
    assert names() == [*(f"n{number}" for number in range(25)), "new"]
    with closing(gamepilot_db.open_source(app.url)) as again:
        assert collect(again).rows == []


@pytest.mark.parametrize("table", ["performance_metrics", "error_logs"])
def test_it_finds_rows_of_a_transaction_that_is_committed_late(app: App, source: Source, table: str) -> None:
    write = app.operation if table == "performance_metrics" else app.error
    write(NOW - 10, operation="first")
    with app.connect() as slow, slow.transaction():
        for number in range(3):
            write(NOW - 5, slow, operation=f"late{number}")
        write(NOW, operation="second")
        collect(source)
        assert names() == ["first", "second"]
    swept(source, 5)
    assert sorted(map(str, names())) == ["first", "late0", "late1", "late2", "second"]


def test_it_finds_a_late_row_as_long_as_the_overlap_lasts(app: App, source: Source) -> None:
    app.operation(NOW - 20 * MINUTE, operation="first")
    with app.connect() as slow, slow.transaction():
        app.operation(NOW - 15 * MINUTE, slow, operation="late")
        for minute in range(20, -1, -1):
            app.operation(NOW - minute * MINUTE)
            collect(source, now=NOW - minute * MINUTE)
            if minute == 11:
                break
    swept(source, 12, NOW - 11 * MINUTE)
    marks = SourceCursor.of("performance_metrics").marks
    assert marks is not None and len(marks) <= OVERLAP_MS // MINUTE + 2


def test_it_finds_rows_by_time_that_lie_before_the_cursor(app: App, source: Source) -> None:
    app.error(NOW, operation="now")
    collect(source)
    app.error(NOW - 9 * MINUTE, operation="clock behind")
    swept(source, 2)


def test_a_clock_that_is_ahead_holds_nothing_back(app: App, source: Source) -> None:
    app.error(NOW + 400 * DAY, operation="next year")
    app.error(NOW, operation="now")
    swept(source, 2)
    app.error(NOW + 1, operation="soon")
    collect(source)
    assert names() == ["now", "next year", "soon"]
    ahead = Event.get(Event.name == "next year")
    assert ahead.at == NOW and ahead.data["clamped"] is True


def test_it_notices_a_commit_and_nothing_else(app: App, source: Source) -> None:
    assert source.changed()
    collect(source)
    eventually(lambda: not source.changed())
    app.operation()
    assert source.changed()


def test_it_says_that_a_table_was_made_anew(app: App, source: Source) -> None:
    for minute in range(5, 0, -1):
        app.operation(NOW - minute * MINUTE)
    collect(source)
    app.run("TRUNCATE performance_metrics RESTART IDENTITY")
    app.operation(operation="anew")
    batch = collect(source)
    assert names()[-1] == "anew"
    assert batch.notices and "performance_metrics was emptied, restored or made anew" in batch.notices[0]
    assert collect(source).notices == []
    app.operation(operation="next")
    collect(source)
    assert names()[-2:] == ["anew", "next"]


def test_it_reads_on_after_a_backup_was_restored(app: App, source: Source) -> None:
    for minute in range(5, 0, -1):
        app.operation(NOW - minute * MINUTE, operation=f"m{minute}")
        app.error(NOW - minute * MINUTE, operation=f"e{minute}")
    collect(source)
    app.run("DELETE FROM performance_metrics WHERE id > 3")
    app.run("""DELETE FROM error_logs WHERE operation < 'e3'""")
    app.run("ALTER SEQUENCE performance_metrics_id_seq RESTART WITH 4")
    batch = collect(source)
    assert ["error_logs was restored" in notice for notice in batch.notices] == [True]
    app.operation(operation="after")
    app.error(operation="after")
    collect(source)
    assert names("error")[-1] == "after"
    assert "after" in names("operation") or batch.notices


def test_it_picks_up_what_appears_later(app: App, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gamepilot_db, "LOOK_AT_TABLES_EVERY_S", 0)
    app.run(
        "ALTER TABLE error_logs RENAME TO elsewhere; ALTER TABLE performance_metrics DROP COLUMN metadata"
    )
    app.operation()
    assert collect(source).problems == [
        "GamePilot's table performance_metrics has no column metadata",
        "GamePilot's database has no table error_logs",
    ]
    app.run(
        "ALTER TABLE elsewhere RENAME TO error_logs; ALTER TABLE performance_metrics ADD COLUMN metadata text"
    )
    app.operation(metadata='{"a": 1}')
    app.error()
    assert collect(source).problems == []
    assert [event.data for event in Event.select().order_by(Event.id)] == [
        None, {"metadata": {"a": 1}}, {"error": "gone"},
    ]  # fmt: skip


def test_a_table_that_goes_away_between_two_looks_is_no_end(app: App, source: Source) -> None:
    app.operation()
    collect(source)
    app.run("DROP TABLE error_logs")
    assert "error_logs" in collect(source).problems[0]
    app.operation()
    assert collect(source).problems == ["GamePilot's database has no table error_logs"]
    assert len(names()) == 2


def test_it_leaves_out_rows_with_values_of_the_wrong_type_and_says_so_for_an_hour(
    app: App, source: Source
) -> None:
    app.operation(operation="good")
    app.operation(duration=-1)
    app.operation(duration="NaN")
    app.operation(timestamp="infinity")
    app.error(operation="")
    batch = collect(source)
    wrong = "rows with values of the wrong type; they are left out"
    assert batch.problems == [
        f"GamePilot's table error_logs has {wrong}", f"GamePilot's table performance_metrics has {wrong}",
    ]  # fmt: skip
    swept(source, 1)
    assert SourceCursor.of("performance_metrics").skipped == 3 < SKIPPED_KEPT
    assert collect(source, now=NOW + HOUR).problems == []


def test_old_rows_are_kept_raw_no_longer_than_until_they_are_folded(app: App, source: Source) -> None:
    app.operation(NOW - 5 * DAY)
    app.error(NOW - 5 * DAY)
    collect(source, now=NOW - 5 * DAY)
    app.operation(NOW - 3 * DAY, operation="backlog")
    app.operation(NOW, operation="fresh")
    collect(source)
    received = {event.name: event.received_at for event in Event.select()}
    assert received["backlog"] == NOW - 3 * DAY
    assert received["fresh"] == NOW


def test_it_reads_only_the_beginning_of_a_long_text(app: App, source: Source) -> None:
    app.error(stackTrace="x" * 5_000_000)
    collect(source)
    [event] = Event.select()
    assert len(event.data["stack_trace"]) == 4_000


def reader(app: App, *grants: str) -> str:
    for grant in grants:
        app.run(grant)
    return f"postgresql://reader:{QUOTED_PASSWORD}@localhost:{app.server.port}/{app.name}"


def test_it_needs_no_more_than_the_right_to_select(store: Path, app: App) -> None:
    url = reader(app, "GRANT SELECT ON performance_metrics, error_logs TO reader",
                 'GRANT SELECT (id, "userId", "metricType", "metricValue", "createdAt", metadata)'
                 " ON learning_metrics TO reader")  # fmt: skip
    app.operation()
    app.write("learning_metrics", metricType="accuracy", metricValue=1, createdAt="2026-11-24")
    with closing(gamepilot_db.open_source(url)) as source:
        problems = collect(source).problems
    assert names() == ["login", "accuracy"]
    assert "GamePilot's table learning_metrics has a column period that this user may not read" in problems
    assert (
        "GamePilot's table user_actions may not be read:"
        ' GRANT SELECT ON "public"."user_actions" to this user'
    ) in problems


def test_its_session_is_read_only_named_and_limited(app: App) -> None:
    with closing(PostgresConnection(app.url, statement_timeout_ms=200)) as connection:
        with pytest.raises(Unreadable, match="read-only"):
            connection.rows("CREATE TABLE mine (id int)")
        with pytest.raises(Unreadable, match="took too long"):
            connection.rows("SELECT pg_sleep(20)")
        shown = "SELECT application_name, state, xact_start FROM pg_stat_activity WHERE pid = %s"
        [(pid,)] = connection.rows("SELECT pg_backend_pid()")
        [(name, state, transaction)] = app.connection.execute(shown, (pid,)).fetchall()
        assert (name, state, transaction) == ("gamepilot-mon", "idle", None)


@pytest.mark.parametrize("mode", ["require", "verify-full"])
def test_it_uses_tls_as_the_url_says(app: App, mode: str) -> None:
    url = f"{reader(app)}?sslmode={mode}&sslrootcert={app.server.authority}"
    with closing(PostgresConnection(url)) as connection:
        assert connection.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [(True,)]


def test_it_refuses_a_server_that_it_cannot_verify(app: App) -> None:
    url = reader(app).replace("localhost", "127.0.0.1")
    with pytest.raises(Unreadable, match="cannot be reached"):
        PostgresConnection(f"{url}?sslmode=verify-full&sslrootcert={app.server.authority}")


def test_it_never_tells_the_password(app: App, caplog: pytest.LogCaptureFixture) -> None:
    right = reader(app)
    wrong = (
        right.replace(QUOTED_PASSWORD, "not-the-password"),
        f"{right}?sslmode=hidden-pass",
        f"postgresql://reader:{QUOTED_PASSWORD}@localhost:1/x",
        f"postgresql://localhost:{app.server.port}/no-such?user=reader&password={QUOTED_PASSWORD}",
    )
    for url in wrong:
        with closing(gamepilot_db.open_source(url)) as source:
            [problem] = source.poll(NOW).problems
        assert "GamePilot's database" in problem
        assert not any(secret in problem for secret in (PASSWORD, QUOTED_PASSWORD, "not-the-password"))
    assert PASSWORD not in caplog.text


def test_it_reads_on_when_the_server_was_away(
    app: App, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gamepilot_postgresql, "RETRY_EVERY_S", 0)
    app.operation(operation="before")
    collect(source)
    app.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gamepilot-mon'")
    app.operation(operation="after")
    eventually(lambda: source.changed() and collect(source) and len(names()) == 2)
    assert names() == ["before", "after"]


def test_it_names_the_problem_and_the_pace_of_a_backlog(app: App, source: Source) -> None:
    app.run(
        "INSERT INTO performance_metrics (operation, duration, success, timestamp)"
        f" SELECT 'x', 1, true, '{iso(NOW)}' FROM generate_series(1, 1000)"
    )
    batch = source.poll(NOW, 300)
    with db.write():
        gamepilot_db.store(batch, NOW)
        gamepilot_progress.keep(["it is slow"], [], NOW)
        gamepilot_progress.keep_pace(100.0, NOW)
    described = gamepilot_progress.progress(NOW).described()
    assert described["rowsBehind"] == 700
    assert described["estimatedEnd"] == iso(NOW + 7_000)
    assert described["problems"] == [{"problem": "it is slow", "since": iso(NOW)}]
    collect(source)
    assert gamepilot_progress.progress(NOW).described()["rowsBehind"] == 0
