"""GamePilot's own database as a source of events: reads what GamePilot records anyway, and writes nothing.

On first contact reading begins at the rows of the last 24 hours (where no column has the time, at the end), so
that a long history pages nobody. An event's key is `gp:<table>:<id>`, so a row that is read twice counts once.

A database that was made anew begins its ids again. It shows in rows at the cursor that are not those stored
under their keys; then the table is read as on first contact, with keys of a new generation, `gp2:…`.
"""

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from gamepilot_mon.clock import DAY_MS, HOUR_MS
from gamepilot_mon.settings.addresses import sqlite_path
from gamepilot_mon.sources import gamepilot_tables, intake
from gamepilot_mon.sources.gamepilot_postgresql import PostgresDatabase
from gamepilot_mon.sources.gamepilot_reading import Batch, Memory, Reading
from gamepilot_mon.sources.gamepilot_schema import Connection, Found, Unreadable
from gamepilot_mon.sources.gamepilot_sqlite import SqliteDatabase
from gamepilot_mon.sources.gamepilot_tables import TABLES, Table, plain

LIMIT = 5_000
RAW_MS = 2 * DAY_MS
LOOK_AT_TABLES_EVERY_S = 10.0
SKIPPED_TOLD_MS = HOUR_MS  # how long rows that were left out stay a problem


class Database(Protocol):
    """A kind of database. One thread uses it at a time."""

    def changed(self) -> bool:
        """Whether anything may have been written since the last call; the first time it may."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Raises Unreadable."""

    def close(self) -> None: ...


def database_of(url: str) -> Database:
    """Opens nothing yet."""
    path = sqlite_path(url)
    return PostgresDatabase(url) if path is None else SqliteDatabase(Path(path))


def open_source(url: str, raw_ms: int = RAW_MS) -> "Source":
    return Source(database_of(url), raw_ms)


def store(batch: Batch, now: int) -> int:
    """Write what a poll found inside the caller's write(); returns how many events were new."""
    new = intake.insert(batch.rows)
    for cursor in batch.cursors:
        cursor.keep()
    return new


class Source:
    """GamePilot's database between polls: what it looks like, what was wrong with it, what is owed a sweep."""

    def __init__(self, database: Database, raw_ms: int) -> None:
        self._database = database
        self._raw_ms = raw_ms
        self._memory = {table.name: Memory() for table in TABLES}
        self._tables: dict[str, Found] = {}
        self._changed = False
        self._looked_at: float | None = None
        self._problems: list[str] = []
        self._left_out: dict[str, int] = {}

    def changed(self) -> bool:
        """Whether a poll may find anything."""
        if self._database.changed():
            self._changed = True
            return True
        return any(memory.sweep.is_due() for memory in self._memory.values())

    def poll(self, now: int, limit: int = LIMIT) -> Batch:
        """Up to `limit` rows and a little, and every problem that there is now."""
        try:
            with self._database.reading() as connection:
                batch = self._read(connection, now, limit)
        except Unreadable as error:
            self._looked_at = None
            return Batch(problems=[str(error), *self._problems])
        self._problems = list(dict.fromkeys(batch.problems))
        batch.problems = [*self._problems, *self._rows_left_out(batch, now)]
        return batch

    def close(self) -> None:
        self._database.close()

    def _read(self, connection: Connection, now: int, limit: int) -> Batch:
        batch = Batch()
        self._look(connection)
        if self._changed:
            for memory in self._memory.values():
                memory.sweep.owed = True
            self._changed = False
        for table in TABLES:
            quota = max(limit - len(batch.rows), limit // len(TABLES), 1)
            found = self._tables.get(plain(table.name))
            problems, is_readable = _look_over(table, found)
            batch.problems += problems
            memory = self._memory[table.name]
            if found is not None and is_readable:
                Reading(connection, table, found, memory, now, self._raw_ms).into(batch, quota)
            else:
                memory.sweep.owed = False
        return batch

    def _look(self, connection: Connection) -> None:
        """Tables and columns come and go; they are looked at again now and then, and after trouble."""
        tick = time.monotonic()
        if self._looked_at is None or tick - self._looked_at >= LOOK_AT_TABLES_EVERY_S:
            self._tables = dict(connection.tables())
            self._looked_at = tick

    def _rows_left_out(self, batch: Batch, now: int) -> list[str]:
        self._left_out |= dict.fromkeys(sorted(batch.left_out), now)
        return [
            f"GamePilot's table {name} has rows with values of the wrong type; they are left out"
            for name, at in self._left_out.items()
            if now - at < SKIPPED_TOLD_MS
        ]


def _look_over(table: Table, found: Found | None) -> tuple[list[str], bool]:
    """What is wrong with the table, and whether it can be read all the same."""
    if found is None:
        return [f"GamePilot's database has no table {table.name}"], False
    if found.withheld and not found.columns:
        return [
            f"GamePilot's table {table.name} may not be read: GRANT SELECT ON {found.sql} to this user"
        ], False
    absent = gamepilot_tables.missing(table, found.columns)
    return [_missing(table, column, found) for column in absent], not set(absent) & set(table.needed)


def _missing(table: Table, column: str, found: Found) -> str:
    if any(plain(column) == plain(withheld) for withheld in found.withheld):
        return f"GamePilot's table {table.name} has a column {column} that this user may not read"
    return f"GamePilot's table {table.name} has no column {column}"
