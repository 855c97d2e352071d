"""GamePilot's own database: reachable, how fast, how many rows, how many users, which migration was last.

The address is `Task.secrets["gamepilot_database_url"]`. Rows are counted only as long as the time lasts: what was
not counted in time is left out, and the database is up all the same.
"""

import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from gamepilot_mon.probes import Reading, Task
from gamepilot_mon.sources import gamepilot_sqlite
from gamepilot_mon.sources.gamepilot_sqlite import Unreadable

SETTING = "gamepilot_database_url"
TABLES = (
    "users", "performance_metrics", "error_logs", "mood_selections", "user_actions", "recommendation_events",
    "learning_metrics",
)  # fmt: skip

# Where the usual tools keep the migrations that they applied: (table, column with the name, order).
MIGRATIONS = (
    ("knex_migrations", "name", "id"),
    ("_prisma_migrations", "migration_name", "finished_at"),
    ("migrations", "name", "rowid"),
    ("schema_migrations", "version", "version"),
    ("schema_migration", "version", "version"),
)


class GamePilotDatabaseProbe:
    kind = "gamepilot_database"

    def measure(self, task: Task) -> Reading:
        url = task.secrets.get(SETTING)
        if not url:
            return Reading("unknown", error="no GAMEPILOT_DATABASE_URL is configured")
        try:
            path = gamepilot_sqlite.file_of(url)
        except Unreadable as error:
            return Reading("unknown", error=str(error))
        try:
            with gamepilot_sqlite.reading(path) as connection:
                return _measure(connection, task.timeout_ms)
        except Unreadable as error:
            return Reading("down", error=str(error))


def _measure(connection: sqlite3.Connection, timeout_ms: int) -> Reading:
    began = time.perf_counter()
    gamepilot_sqlite.limit_time(connection, timeout_ms)
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()  # SELECT 1 alone reads no page
    latency_ms = (time.perf_counter() - began) * 1000
    counts = dict(_counts(connection))
    return Reading(
        "up",
        latency_ms,
        data={
            "tableCounts": counts,
            "lastMigration": _last_migration(connection),
            "users": counts.get("users"),
        },
    )


def _counts(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    present = {
        str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    for table in TABLES:
        if table in present:
            count = _value(connection, f'SELECT COUNT(*) FROM "{table}"')
            if count is not None:
                yield table, int(count)


def _last_migration(connection: sqlite3.Connection) -> str | None:
    for table, column, order in MIGRATIONS:
        name = _value(connection, f'SELECT "{column}" FROM "{table}" ORDER BY {order} DESC LIMIT 1')
        if name is not None:
            return str(name)
    return None


def _value(connection: sqlite3.Connection, sql: str) -> Any:
    """The one value that is asked for; None without a row, without the table, or when the time is up."""
    try:
        row = connection.execute(sql).fetchone()
    except sqlite3.OperationalError:
        return None
    return row[0] if row else None


probe = GamePilotDatabaseProbe()
