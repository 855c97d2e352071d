import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from gamepilot_mon.probes import Reading, Task, gamepilot_database
from tests.postgresql import Server
from tests.processes import free_port


@pytest.fixture
def app(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "game pilot.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE users (id TEXT PRIMARY KEY)")
        connection.execute("CREATE TABLE error_logs (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO users VALUES (?)", [("a",), ("b",)])
        yield connection


def measure(path: Path) -> Reading:
    secrets = {"gamepilot_database_url": f"sqlite:///{path}"}
    return gamepilot_database.probe.measure(Task({}, now=0, timeout_ms=1_000, secrets=secrets))


def test_it_counts_the_rows_of_the_tables_that_are_there(app: sqlite3.Connection, tmp_path: Path) -> None:
    reading = measure(tmp_path / "game pilot.db")
    assert (reading.state, reading.error) == ("up", None)
    assert reading.latency_ms is not None and reading.latency_ms > 0
    assert reading.data == {"tableCounts": {"users": 2, "error_logs": 0}, "lastMigration": None, "users": 2}


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT)", "002_moods.js"),
        ("CREATE TABLE migrations (id INTEGER PRIMARY KEY, name TEXT)", "002_moods.js"),
        ("CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, version TEXT)", "002_moods.js"),
        ("CREATE TABLE _prisma_migrations (finished_at INTEGER, migration_name TEXT)", "002_moods.js"),
    ],
)
def test_it_names_the_last_migration(app: sqlite3.Connection, tmp_path: Path, schema: str, name: str) -> None:
    app.execute(schema)
    table = schema.split()[2]
    app.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(1, "001_users.js"), (2, name)])
    assert (measure(tmp_path / "game pilot.db").data or {})["lastMigration"] == name


def test_it_is_down_when_the_file_is_missing_and_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "gone.db"
    reading = measure(path)
    assert (reading.state, reading.error) == ("down", f"GamePilot's database {path} does not exist")
    assert not path.exists()


def test_it_is_down_when_the_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("no database at all, but long enough to have a header of the right size" * 20)
    assert measure(path) == Reading("down", error=f"{path} is not a sound SQLite database")


def test_it_is_down_when_the_path_is_a_folder(tmp_path: Path) -> None:
    assert measure(tmp_path).state == "down"


def test_it_is_down_when_another_program_keeps_the_database_locked(
    app: sqlite3.Connection, tmp_path: Path
) -> None:
    app.execute("BEGIN EXCLUSIVE")
    reading = measure(tmp_path / "game pilot.db")
    assert reading.state == "down"
    assert "locked by another program" in (reading.error or "")


@pytest.mark.parametrize("open_elsewhere", [True, False])
def test_it_reads_a_database_in_wal_mode(
    app: sqlite3.Connection, tmp_path: Path, open_elsewhere: bool
) -> None:
    app.execute("PRAGMA journal_mode = wal")
    app.execute("INSERT INTO users VALUES ('c')")
    if not open_elsewhere:
        app.close()
    assert (measure(tmp_path / "game pilot.db").data or {})["users"] == 3


def test_it_writes_nothing(app: sqlite3.Connection, tmp_path: Path) -> None:
    before = (sorted(tmp_path.iterdir()), (tmp_path / "game pilot.db").read_bytes())
    measure(tmp_path / "game pilot.db")
    assert (sorted(tmp_path.iterdir()), (tmp_path / "game pilot.db").read_bytes()) == before


def test_it_counts_large_tables_of_postgresql_by_estimate(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gamepilot_database, "COUNTED_MAX", 100)
    url = postgresql.url(postgresql.empty_database())
    with psycopg.connect(url, autocommit=True) as app:
        app.execute("CREATE TABLE users (id int); CREATE TABLE error_logs (id int)")
        app.execute('CREATE TABLE "SequelizeMeta" (name text)')
        app.execute("INSERT INTO users SELECT generate_series(1, 7)")
        app.execute("INSERT INTO error_logs SELECT generate_series(1, 5000)")
        app.execute("ANALYZE error_logs")
        app.execute("""INSERT INTO "SequelizeMeta" VALUES ('001-users.js'), ('002-moods.js')""")
    reading = measure_url(url)
    assert (reading.state, reading.error) == ("up", None)
    assert reading.data == {
        "tableCounts": {"users": 7, "error_logs": 5000}, "lastMigration": "002-moods.js", "users": 7,
        "estimated": ["error_logs"],
    }  # fmt: skip


def test_it_is_down_when_the_postgresql_server_is_and_tells_no_password() -> None:
    reading = measure_url(f"postgresql://reader:hidden@127.0.0.1:{free_port()}/name")
    assert reading.state == "down"
    assert "cannot be reached" in (reading.error or "") and "hidden" not in (reading.error or "")


def test_it_cannot_tell_without_psycopg_and_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    reading = measure_url("postgresql://reader:hidden@127.0.0.1/name")
    assert reading.state == "unknown"
    assert "pip install 'gamepilot-mon[postgresql]'" in (reading.error or "")


def measure_url(url: str) -> Reading:
    secrets = {"gamepilot_database_url": url}
    return gamepilot_database.probe.measure(Task({}, now=0, timeout_ms=10_000, secrets=secrets))
