"""GamePilot's own database as a source of events: reads what GamePilot records anyway, and writes nothing.

Each table is read on from a cursor over its rowid. On first contact reading begins at the rows of the last 24
hours (where no column has the time, at the end), so that a long history pages nobody. An event's key is
`gp:<table>:<id>`, so a row that is read twice counts once.

A database that was made anew begins its ids again. It shows in rows at the cursor that are not those stored
under their keys; then the table is read as on first contact, with keys of a new generation, `gp2:…`.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gamepilot_mon import db, pseudonym
from gamepilot_mon.clock import DAY_MS
from gamepilot_mon.models.cursor import Cursor
from gamepilot_mon.models.event import Event
from gamepilot_mon.sources import gamepilot_sqlite, gamepilot_tables, gamepilot_values
from gamepilot_mon.sources.gamepilot_sqlite import Unreadable
from gamepilot_mon.sources.gamepilot_tables import TABLES, Row, Table, plain

FIRST_CONTACT_MS = DAY_MS
READ_MS = 2_000
ANCHORS = 20  # rows before the cursor that are compared with what is stored
_INSERTED_AT_ONCE = 500


@dataclass(slots=True)
class Batch:
    """What one poll found. `cursors` are the Cursor rows to move; `more`: poll again at once."""

    rows: list[Row] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    skipped: int = 0
    more: bool = False


class Source(Protocol):
    """A kind of database. One thread uses it at a time."""

    def changed(self) -> bool: ...

    def poll(self, now: int, limit: int = 2_000) -> Batch: ...

    def close(self) -> None: ...


def open_source(url: str) -> Source:
    """Reads nothing yet; a kind of database that cannot be read says so in the first batch."""
    try:
        return SqliteSource(gamepilot_sqlite.file_of(url))
    except Unreadable as error:
        return UnknownSource(str(error))


def poll(url: str, now: int, limit: int = 2_000) -> Batch:
    """One poll without anything kept open: every problem is reported each time."""
    source = open_source(url)
    try:
        return source.poll(now, limit)
    finally:
        source.close()


def store(batch: Batch, now: int) -> int:
    """Write what a poll found inside the caller's write(); returns how many events were new."""
    new = 0
    for start in range(0, len(batch.rows), _INSERTED_AT_ONCE):
        part = batch.rows[start : start + _INSERTED_AT_ONCE]
        new += Event.insert_many(part).on_conflict_ignore().as_rowcount().execute()
    for name, position in batch.cursors.items():
        Cursor.move(name, position)
    if new:
        db.touch("events")
    return new


class UnknownSource:
    def __init__(self, problem: str) -> None:
        self._problems = [problem]

    def changed(self) -> bool:
        return bool(self._problems)

    def poll(self, now: int, limit: int = 2_000) -> Batch:
        problems, self._problems = self._problems, []
        return Batch(problems=problems)

    def close(self) -> None:
        return


class SqliteSource:
    """A SQLite file. Remembers the problems it has reported, and keeps a connection that notices changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watch = gamepilot_sqlite.Watch(path)
        self._reported: frozenset[str] = frozenset()

    def changed(self) -> bool:
        """Whether anything may have been written since the last call; the first time it may."""
        return self._watch.changed()

    def poll(self, now: int, limit: int = 2_000) -> Batch:
        """Up to `limit` rows and a little; each problem once, until it is gone and comes back."""
        try:
            with gamepilot_sqlite.reading(self._path) as connection:
                gamepilot_sqlite.limit_time(connection, READ_MS)
                batch = _read(connection, now, limit)
        except Unreadable as error:
            batch = Batch(problems=[str(error)])
        present = frozenset(batch.problems)
        batch.problems = [problem for problem in batch.problems if problem not in self._reported]
        self._reported = present
        return batch

    def close(self) -> None:
        self._watch.close()


def _read(connection: sqlite3.Connection, now: int, limit: int) -> Batch:
    batch = Batch()
    for table in TABLES:
        quota = max(limit - len(batch.rows), limit // len(TABLES), 1)
        columns = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table.name}")')]
        if not columns:
            batch.problems.append(f"GamePilot's database has no table {table.name}")
            continue
        absent = gamepilot_tables.missing(table, columns)
        batch.problems += [f"GamePilot's table {table.name} has no column {column}" for column in absent]
        if not set(absent) & set(table.needed):
            _Reading(connection, table, columns, now).into(batch, quota)
    return batch


class _Reading:
    """One table in one poll."""

    def __init__(
        self, connection: sqlite3.Connection, table: Table, columns: Sequence[str], now: int
    ) -> None:
        self._connection = connection
        self._table = table
        self._now = now
        self._time = gamepilot_tables.time_column(columns)
        used = {plain(column) for column in gamepilot_tables.wanted(table)}
        self._columns = [c for c in columns if plain(c) in used or c == self._time or plain(c) == "id"]
        self._cursor = f"gamepilot:{table.name}"
        self._generation = Cursor.read(f"{self._cursor}:generation")

    def into(self, batch: Batch, quota: int) -> None:
        if self._time is None:
            self._report(batch, "has no column with the time; a row counts from when it is read")
        try:
            position = self._position(batch)
            last = position
            count = 0
            for last, row in self._rows("> ?", position, "", quota):
                count += 1
                self._add(batch, last, row)
        except sqlite3.OperationalError as error:
            if "rowid" not in str(error):
                raise
            self._report(batch, "has no rowid to read on from")
            return
        batch.cursors[self._cursor] = last
        batch.more = batch.more or count == quota

    def _add(self, batch: Batch, rowid: int, row: Mapping[str, Any]) -> None:
        try:
            found = gamepilot_tables.event(self._table, row, self._at(row), self._now)
        except ValueError:
            batch.skipped += 1
            self._report(batch, "has rows with values of the wrong type; they are left out")
            return
        batch.rows.append({**found, "user": pseudonym.of(found["user"]), "key": self._key(rowid, row)})

    def _report(self, batch: Batch, trouble: str) -> None:
        problem = f"GamePilot's table {self._table.name} {trouble}"
        if problem not in batch.problems:
            batch.problems.append(problem)

    def _position(self, batch: Batch) -> int:
        """Where to read on: the cursor, unless the table is not the one that it was set in."""
        known = Cursor.get_or_none(Cursor.name == self._cursor)
        if known is None:
            return self._first_position()
        position = self._anchored(known.position)
        if position is None:
            self._generation += 1
            batch.cursors[f"{self._cursor}:generation"] = self._generation
            return self._first_position()
        return position

    def _anchored(self, cursor: int) -> int | None:
        """The newest row up to the cursor that is stored as it is; None when the table was made anew."""
        replaced = False
        for rowid, row in self._rows("<= ?", cursor, "DESC", ANCHORS):
            event = Event.get_or_none(Event.key == self._key(rowid, row))
            if event is None or (event.data or {}).get("clamped"):
                continue
            if self._same_moment(event, row):
                return rowid
            replaced = True
        shrunk = cursor > 0 and cursor > self._ends()[1]
        return None if replaced or shrunk else cursor

    def _same_moment(self, event: Event, row: Mapping[str, Any]) -> bool:
        with contextlib.suppress(ValueError):
            at = self._at(row)
            return at is None or at == event.at
        return False

    def _first_position(self) -> int:
        """Halving finds the first row of the last 24 hours: rows are written in the order of time."""
        first, last = self._ends()
        if self._time is None:
            return last
        low, high = first - 1, last
        while low < high:
            middle = (low + high) // 2
            rowid, row = next(self._rows("> ?", middle, "", 1))
            if self._is_recent(row):
                high = middle
            else:
                low = rowid
        return low

    def _is_recent(self, row: Mapping[str, Any]) -> bool:
        try:
            at = self._at(row)
        except ValueError:
            return False
        return at is not None and at >= self._now - FIRST_CONTACT_MS

    def _at(self, row: Mapping[str, Any]) -> int | None:
        return gamepilot_values.moment(row[plain(self._time)]) if self._time else None

    def _key(self, rowid: int, row: Mapping[str, Any]) -> str:
        prefix = f"gp{self._generation + 1}" if self._generation else "gp"
        identity = row.get("id")
        return f"{prefix}:{self._table.name}:{rowid if identity is None else identity}"

    def _ends(self) -> tuple[int, int]:
        """The first and last rowid; (1, 0) of an empty table."""
        name = f'"{self._table.name}"'
        sql = f"SELECT (SELECT MIN(rowid) FROM {name}), (SELECT MAX(rowid) FROM {name})"
        first, last = self._connection.execute(sql).fetchone()
        return (1, 0) if first is None else (int(first), int(last))

    def _rows(self, condition: str, position: int, order: str, limit: int) -> Iterator[tuple[int, Row]]:
        columns = ", ".join(f'"{column}"' for column in self._columns)
        names = [plain(column) for column in self._columns]
        table = f'"{self._table.name}"'
        sql = f"SELECT rowid, {columns} FROM {table} WHERE rowid {condition} ORDER BY rowid {order} LIMIT ?"
        for rowid, *found in self._connection.execute(sql, (position, limit)):
            yield int(rowid), dict(zip(names, found, strict=True))
