"""Reads one table on from its cursor: by number where rows have one, else by time and id.

Reading on finds what was added behind the cursor. A sweep finds what appeared before it: rows of transactions
that were committed late, and rows whose time is ahead. It looks at ids only, those of the last OVERLAP_MS, and
drops the ones that are stored already.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gamepilot_mon.clock import DAY_MS, MINUTE_MS
from gamepilot_mon.models.event import Event
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.sources import gamepilot_tables, gamepilot_values
from gamepilot_mon.sources.gamepilot_schema import Connection, Found, quoted
from gamepilot_mon.sources.gamepilot_tables import AHEAD_MS, Row, Shape, Table

FIRST_CONTACT_MS = DAY_MS
OVERLAP_MS = 10 * MINUTE_MS
MARK_EVERY_MS = MINUTE_MS
ANCHORS = 20  # rows before the cursor that are compared with what is stored
SWEPT_AT_ONCE = 2_000
SWEEP_EVERY_S = 1.0
SWEEP_SHARE = 20  # a sweep that took 1 s is followed by 20 s without one
SKIPPED_KEPT = 10_000
BEHIND_COUNTED = 200_000  # no more rows are counted where they have no numbers


@dataclass(slots=True)
class Batch:
    """What one poll found. `cursors` are to be kept with the rows; `more`: poll again at once."""

    rows: list[Row] = field(default_factory=list)
    cursors: list[SourceCursor] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # happened once, is no state
    skipped: int = 0
    left_out: set[str] = field(default_factory=set)  # tables with rows that were skipped
    more: bool = False


class Sweep:
    """One table's sweep between polls: where it is, and when the next one may begin (monotonic s)."""

    def __init__(self) -> None:
        self.begins_at = 0.0
        self.used_s = 0.0
        self.after: Sequence[Any] | None = None
        self.owed = False

    def is_due(self) -> bool:
        return self.owed and time.monotonic() >= self.begins_at

    def went_to(self, after: Sequence[Any] | None, began: float) -> None:
        """One step, until `after`; None: that was the last."""
        self.used_s += time.monotonic() - began
        self.after = after
        if after is None:
            self.owed = False
            self.begins_at = time.monotonic() + max(SWEEP_EVERY_S, SWEEP_SHARE * self.used_s)
            self.used_s = 0.0


@dataclass(slots=True)
class Memory:
    """What a source knows of one table beyond its cursor."""

    sweep: Sweep = field(default_factory=Sweep)
    skipped: set[str] = field(default_factory=set)  # keys of rows that were left out


class Reading:
    """One table in one poll. Raises Unreadable where the database does."""

    def __init__(
        self, connection: Connection, table: Table, found: Found, memory: Memory, now: int, raw_ms: int
    ) -> None:
        self._connection = connection
        self._table = table
        self._found = found
        self._memory = memory
        self._now = now
        self._raw_from = now - raw_ms
        self._columns = [c for c in found.columns if self._is_wanted(c)]
        self._shape = Shape(table, self._columns)
        time_column = gamepilot_tables.time_column(found.columns)
        self._time = None if time_column is None else quoted(time_column)
        self.cursor = SourceCursor.of(table.name)

    def into(self, batch: Batch, quota: int) -> None:
        """Read on, up to `quota` rows; sweep when nothing more waits."""
        table = self._table.name
        if self._found.identity is None or (self._found.number is None and self._time is None):
            batch.problems.append(
                f"GamePilot's table {table} has neither a whole-number id nor the time of a row, so it is not read"
            )
            self._memory.sweep.owed = False
            return
        if self._time is None:
            batch.problems.append(
                f"GamePilot's table {table} has no column with the time; a row counts from when it is read"
            )
        order = _ByNumber(self) if self._found.number is not None else _ByTime(self)
        order.settle(batch)
        count = self._take(batch, order.next(quota), order)
        more = count >= quota
        self.cursor.behind = order.behind() if more else 0
        self.cursor.read_at = self._now
        batch.more = batch.more or more
        if not more and self._memory.sweep.is_due():
            self._swept(batch, order)
        batch.cursors.append(self.cursor)

    def _take(self, batch: Batch, rows: Sequence[tuple[Any, ...]], order: "_ByNumber | _ByTime") -> int:
        """Rows begin with their place and their id."""
        for row in rows:
            self._add(batch, row)
        if rows:
            order.moved(rows[-1])
        return len(rows)

    def _add(self, batch: Batch, row: tuple[Any, ...]) -> None:
        key = self.key(row[1])
        try:
            batch.rows.append(self._shape.event(key, row[2:], self._now, self._raw_from))
            self.cursor.rows += 1
        except ValueError:
            self._skip(batch, key)

    def _skip(self, batch: Batch, key: str) -> None:
        skipped = self._memory.skipped
        if key in skipped:
            return
        if len(skipped) >= SKIPPED_KEPT:
            skipped.clear()
        skipped.add(key)
        batch.skipped += 1
        batch.left_out.add(self.name)
        self.cursor.skipped += 1

    def _swept(self, batch: Batch, order: "_ByNumber | _ByTime") -> None:
        """One step of the sweep: the ids of a page, and the rows of those that are not stored."""
        sweep = self._memory.sweep
        began = time.monotonic()
        ids = order.page(sweep.after, SWEPT_AT_ONCE)
        for row in self._of(self._unstored(ids)):
            if self._is_kept(row):
                self._add(batch, row)
        more = len(ids) == SWEPT_AT_ONCE
        sweep.went_to(ids[-1][:2] if more else None, began)
        batch.more = batch.more or more

    def _is_kept(self, row: tuple[Any, ...]) -> bool:
        """A row older than what is kept raw may have been counted and pruned; it cannot be told any more."""
        try:
            at = self._shape.moment(row[2:])
        except ValueError:
            return True
        return at is None or at >= self._raw_from + OVERLAP_MS

    def _unstored(self, ids: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        by_key = {self.key(row[1]): row for row in ids}
        known = self._memory.skipped | _stored(by_key.keys() - self._memory.skipped)
        return [row for key, row in by_key.items() if key not in known]

    def key(self, identity: Any) -> str:
        generation = self.cursor.generation
        return f"gp{generation + 1 if generation else ''}:{self._table.name}:{identity}"

    def _of(self, ids: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The whole rows of places and ids."""
        by, index = (self._found.number, 0) if self._found.number else (self._found.identity, 1)
        for start in range(0, len(ids), 500):
            part = tuple(row[index] for row in ids[start : start + 500])
            condition = f"{by} IN ({', '.join([self.marker] * len(part))})"
            yield from self._select(condition, part, str(by), len(part))

    def numbered(self, condition: str, parameters: Sequence[Any], order: str, limit: int) -> list[Any]:
        return list(self._select(condition, parameters, f"{self._found.number} {order}", limit))

    def timed(self, condition: str, parameters: Sequence[Any], limit: int) -> list[Any]:
        return list(self._select(condition, parameters, f"{self._time}, {self._found.identity}", limit))

    def ids(self, condition: str, parameters: Sequence[Any], order: str, limit: int) -> list[Any]:
        """Only place and id."""
        sql = f"SELECT {self._place}, {self._found.identity} FROM {self._found.sql} WHERE {condition}"
        return list(self._connection.rows(f"{sql} ORDER BY {order} LIMIT {limit}", parameters))

    def one(self, expression: str, rest: str = "", parameters: Sequence[Any] = ()) -> Any:
        rows = self._connection.rows(f"SELECT {expression} FROM {self._found.sql} {rest}", parameters)
        return rows[0][0] if rows else None

    def count(self, sql: str, parameters: Sequence[Any]) -> int:
        return int(self._connection.rows(f"SELECT COUNT(*) {sql}", parameters)[0][0])

    def at(self, row: tuple[Any, ...]) -> int | None:
        try:
            return self._shape.moment(row[2:])
        except ValueError:
            return None

    @property
    def found(self) -> Found:
        return self._found

    @property
    def time(self) -> str:
        return self._time or "NULL"

    @property
    def marker(self) -> str:
        return self._connection.marker

    @property
    def name(self) -> str:
        return self._table.name

    @property
    def now(self) -> int:
        return self._now

    @property
    def _place(self) -> str:
        return self._found.number or self.time

    def _select(
        self, condition: str, parameters: Sequence[Any], order: str, limit: int
    ) -> Sequence[tuple[Any, ...]]:
        read = ", ".join(
            [self._place, str(self._found.identity), *(self._found.columns[c] for c in self._columns)]
        )
        sql = f"SELECT {read} FROM {self._found.sql} WHERE {condition} ORDER BY {order} LIMIT {limit}"
        return self._connection.rows(sql, parameters)

    def _is_wanted(self, column: str) -> bool:
        plain = gamepilot_tables.plain(column)
        used = {gamepilot_tables.plain(name) for name in gamepilot_tables.wanted(self._table)}
        return plain in used or column == gamepilot_tables.time_column(self._found.columns)


class _ByNumber:
    """Rows have a number that rises: SQLite's rowid, or a whole-number id."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._cursor = reading.cursor
        self._number = reading.found.number

    def settle(self, batch: Batch) -> None:
        """Begin, or make sure that the table is still the one that the cursor was set in."""
        if self._cursor.position is None:
            self._begin()
            return
        position = self._anchored(self._cursor.position)
        if position is None:
            self._cursor.generation += 1
            batch.notices.append(
                f"GamePilot's table {self._reading.name} was emptied, restored or made anew; it is read from"
                " its last 24 hours on"
            )
            self._begin()
        else:
            self._cursor.position = position

    def next(self, quota: int) -> list[Any]:
        marker = self._reading.marker
        return self._reading.numbered(f"{self._number} > {marker}", (self._cursor.position,), "ASC", quota)

    def moved(self, last: tuple[Any, ...]) -> None:
        self._cursor.position = int(last[0])
        self._mark()

    def behind(self) -> int:
        return max(0, self._ends()[1] - int(self._cursor.position or 0))

    def page(self, after: Sequence[Any] | None, limit: int) -> list[Any]:
        marker = self._reading.marker
        lowest = self._low() if after is None else after[0]
        condition = f"{self._number} > {marker} AND {self._number} <= {marker}"
        place = (lowest, self._cursor.position)
        return self._reading.ids(condition, place, str(self._number), limit)

    def _begin(self) -> None:
        self._cursor.position = self._first_position()
        self._cursor.marks = None
        self._mark()

    def _mark(self) -> None:
        """Remember where reading had come to, once a minute, until one mark is as old as the overlap."""
        marks = [list(mark) for mark in self._cursor.marks or []]
        now, position = self._reading.now, self._cursor.position
        if not marks or now - marks[-1][0] >= MARK_EVERY_MS:
            marks.append([now, position])
        old = [mark for mark in marks if mark[0] <= now - OVERLAP_MS]
        self._cursor.marks = old[-1:] + [mark for mark in marks if mark[0] > now - OVERLAP_MS]

    def _low(self) -> int:
        marks = self._cursor.marks or [[0, self._cursor.position]]
        return int(min(marks[0][1], self._cursor.position or 0))

    def _anchored(self, cursor: int) -> int | None:
        """The newest row up to the cursor that is stored as it is; None when the table was made anew."""
        replaced = False
        marker = self._reading.marker
        for row in self._reading.numbered(f"{self._number} <= {marker}", (cursor,), "DESC", ANCHORS):
            event = Event.get_or_none(Event.key == self._reading.key(row[1]))
            if event is None or (event.data or {}).get("clamped"):
                continue
            at = self._reading.at(row)
            if at is None or at == event.at:
                return int(row[0])
            replaced = True
        shrunk = cursor > 0 and cursor > self._ends()[1]
        return None if replaced or shrunk else cursor

    def _first_position(self) -> int:
        """Halving finds the first row of the last 24 hours: rows are written in the order of time."""
        first, last = self._ends()
        if self._reading.time == "NULL":
            return last
        low, high = first - 1, last
        marker = self._reading.marker
        while low < high:
            middle = (low + high) // 2
            row = self._reading.numbered(f"{self._number} > {marker}", (middle,), "ASC", 1)[0]
            if (self._reading.at(row) or 0) >= self._reading.now - FIRST_CONTACT_MS:
                high = middle
            else:
                low = int(row[0])
        return low

    def _ends(self) -> tuple[int, int]:
        """The first and last number; (1, 0) of an empty table."""
        first, last = self._reading.one(f"MIN({self._number})"), self._reading.one(f"MAX({self._number})")
        return (1, 0) if first is None else (int(first), int(last))


class _ByTime:
    """Rows have no number: they are read in the order of time and id, up to now. The sweep takes those ahead."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._cursor = reading.cursor
        self._time = reading.time
        self._newest = reading.one(
            self._time, f"WHERE {self._time} IS NOT NULL ORDER BY {self._time} DESC LIMIT 1"
        )

    def settle(self, batch: Batch) -> None:
        if self._newest is None:
            return
        newest_at = self._at(self._newest)
        if self._cursor.moment is None:
            self._place(self._literal(self._reading.now - FIRST_CONTACT_MS), None)
        elif newest_at is not None and newest_at < (self._at(self._moment) or 0) and self._cursor.row:
            batch.notices.append(
                f"GamePilot's table {self._reading.name} was restored or lost its newest rows; it is read on"
                " from what is there"
            )
            self._place(self._newest, None)

    def next(self, quota: int) -> list[Any]:
        if self._newest is None:
            return []
        after, place = self._after(self._moment, self._cursor.row)
        condition = f"{after} AND {self._time} <= {self._reading.marker}"
        return self._reading.timed(condition, (*place, self._bound()), quota)

    def moved(self, last: tuple[Any, ...]) -> None:
        self._place(last[0], str(last[1]))

    def behind(self) -> int:
        after, place = self._after(self._moment, self._cursor.row)
        table = self._reading.found.sql
        sql = f"FROM (SELECT 1 FROM {table} WHERE {after} LIMIT {BEHIND_COUNTED}) AS waiting"
        return int(self._reading.count(sql, place))

    def page(self, after: Sequence[Any] | None, limit: int) -> list[Any]:
        """The ids from OVERLAP_MS before the cursor on, without those that reading on will find."""
        if self._newest is None:
            return []
        marker = self._reading.marker
        begin, place = self._after(*after) if after else self._after(self._low(), None)
        done = f"({self._time}, {self._reading.found.identity}) <= ({marker}, {marker})"
        last: tuple[Any, ...] = (self._moment, self._cursor.row)
        if not self._cursor.row:
            done, last = f"{self._time} < {marker}", (self._moment,)
        condition = f"{begin} AND ({done} OR {self._time} > {marker})"
        order = f"{self._time}, {self._reading.found.identity}"
        return self._reading.ids(condition, (*place, *last, self._bound()), order, limit)

    def _low(self) -> Any:
        frontier = min(self._at(self._moment) or 0, self._reading.now)
        return self._literal(max(0, frontier - OVERLAP_MS))

    def _after(self, moment: Any, row: Any) -> tuple[str, tuple[Any, ...]]:
        marker = self._reading.marker
        if row is None:
            return f"{self._time} >= {marker}", (moment,)
        return f"({self._time}, {self._reading.found.identity}) > ({marker}, {marker})", (moment, row)

    def _bound(self) -> Any:
        return self._literal(self._reading.now + AHEAD_MS)

    def _literal(self, ms: int) -> Any:
        return gamepilot_values.literal(ms, self._newest)

    def _place(self, moment: Any, row: str | None) -> None:
        self._cursor.moment, self._cursor.row = msgspec.json.encode(moment).decode(), row

    @property
    def _moment(self) -> Any:
        return msgspec.json.decode(self._cursor.moment or "null")

    def _at(self, value: Any) -> int | None:
        try:
            return gamepilot_values.moment(value)
        except ValueError:
            return None


def _stored(keys: Iterable[str]) -> set[str]:
    """Those of the keys that are in the store."""
    found: set[str] = set()
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        rows: Any = Event.select(Event.key).where(Event.key.in_(wanted[start : start + 500])).tuples()
        found.update(key for (key,) in rows)
    return found
