"""GamePilot's own database: reachable, how fast, how many rows, how many users, which migration was last.

The address is `Task.secrets["gamepilot_database_url"]`. Rows are counted only as long as the time lasts: what
was not counted in time is left out, and the database is up all the same. PostgreSQL counts by walking the rows,
so of a table beyond COUNTED_MAX its own estimate is taken, and the table is named in `estimated`.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from gamepilot_mon.probes import Reading, Task
from gamepilot_mon.settings.addresses import sqlite_path
from gamepilot_mon.sources import gamepilot_sqlite
from gamepilot_mon.sources.gamepilot_postgresql import PostgresConnection
from gamepilot_mon.sources.gamepilot_schema import Unmeasurable, Unreadable, quoted
from gamepilot_mon.sources.gamepilot_sqlite import SqliteConnection

SETTING = "gamepilot_database_url"
TABLES = (
    "users", "performance_metrics", "error_logs", "mood_selections", "user_actions", "recommendation_events",
    "learning_metrics",
)  # fmt: skip
COUNTED_MAX = 100_000

# Where the usual tools keep the migrations that they applied: (table, column with the name, order).
MIGRATIONS = (
    ("knex_migrations", "name", "id"),
    ("_prisma_migrations", "migration_name", "finished_at"),
    ("SequelizeMeta", "name", "name"),
    ("typeorm_migrations", "name", "id"),
    ("pgmigrations", "name", "id"),
    ("migrations", "name", "id"),
    ("schema_migrations", "version", "version"),
    ("schema_migration", "version", "version"),
    ("flyway_schema_history", "script", "installed_rank"),
    ("alembic_version", "version_num", "version_num"),
    ("django_migrations", "name", "id"),
)


class Counted(Protocol):
    """A database whose tables are counted."""

    def ping(self) -> None:
        """The least that only a database at work can answer."""

    def names(self, wanted: tuple[str, ...]) -> Mapping[str, str]:
        """{name: quoted name} of those tables that are there and may be read."""

    def count(self, table: str, most: int) -> tuple[int, bool] | None:
        """(rows, whether that is an estimate); None when the time is up."""

    def value(self, sql: str) -> Any:
        """The one value that is asked for; None without a row or when it cannot be had."""


class GamePilotDatabaseProbe:
    kind = "gamepilot_database"

    def measure(self, task: Task) -> Reading:
        url = task.secrets.get(SETTING)
        if not url:
            return Reading("unknown", error="no GAMEPILOT_DATABASE_URL is configured")
        try:
            with _opened(url, task.timeout_ms) as database:
                return _measure(database)
        except Unmeasurable as error:
            return Reading("unknown", error=str(error))
        except Unreadable as error:
            return Reading("down", error=str(error))


@contextmanager
def _opened(url: str, timeout_ms: int) -> Iterator[Counted]:
    path = sqlite_path(url)
    if path is None:
        with closing(PostgresConnection(url, statement_timeout_ms=max(1, timeout_ms // 2))) as postgres:
            yield postgres
        return
    with gamepilot_sqlite.reading(Path(path)) as connection:
        gamepilot_sqlite.limit_time(connection, timeout_ms)
        yield SqliteConnection(connection)


def _measure(database: Counted) -> Reading:
    began = time.perf_counter()
    database.ping()
    latency_ms = (time.perf_counter() - began) * 1000
    counts = dict(_counts(database))
    data = {
        "tableCounts": {table: rows for table, (rows, _) in counts.items()},
        "lastMigration": _last_migration(database),
        "users": counts["users"][0] if "users" in counts else None,
    }
    estimated = [table for table, (_, is_estimate) in counts.items() if is_estimate]
    return Reading("up", latency_ms, data=data | ({"estimated": estimated} if estimated else {}))


def _counts(database: Counted) -> Iterator[tuple[str, tuple[int, bool]]]:
    present = database.names(TABLES)
    for table in TABLES:
        if table in present and (count := database.count(present[table], COUNTED_MAX)) is not None:
            yield table, count


def _last_migration(database: Counted) -> str | None:
    present = database.names(tuple(table for table, _, _ in MIGRATIONS))
    for table, column, order in MIGRATIONS:
        if table not in present:
            continue
        sql = f"SELECT {quoted(column)} FROM {present[table]} WHERE {quoted(order)} IS NOT NULL"
        name = database.value(f"{sql} ORDER BY {quoted(order)} DESC LIMIT 1")
        if name is not None:
            return str(name)
    return None


probe = GamePilotDatabaseProbe()
