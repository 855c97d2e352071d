"""Reads one table on from its cursor: by number where rows have one, else by time and id.

Reading on finds what was added behind the cursor. A sweep finds what appeared before it: rows of transactions
that were committed late, and rows whose time is ahead. It looks at ids only, those of the last OVERLAP_MS, and
drops the ones that are stored already.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gamepilot_mon.models.event import Event
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.sources.gamepilot_by_number import ByNumber
from gamepilot_mon.sources.gamepilot_by_time import ByTime
from gamepilot_mon.sources.gamepilot_rows import OVERLAP_MS, Rows
from gamepilot_mon.sources.gamepilot_schema import Connection, Found
from gamepilot_mon.sources.gamepilot_tables import Row, Table

SWEPT_AT_ONCE = 2_000
SWEEP_EVERY_S = 1.0
SWEEP_SHARE = 20  # a sweep that took 1 s is followed by 20 s without one
SKIPPED_KEPT = 10_000


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
        self._rows = Rows(connection, table, found, now)
        self._memory = memory
        self._raw_from = now - raw_ms

    def into(self, batch: Batch, quota: int) -> None:
        """Read on, up to `quota` rows; sweep when nothing more waits."""
        rows, cursor = self._rows, self._rows.cursor
        if rows.found.identity is None or (rows.found.number is None and not rows.has_time):
            batch.problems.append(
                f"GamePilot's table {rows.name} has neither a whole-number id nor the time of a row, so it is not read"
            )
            self._memory.sweep.owed = False
            return
        if not rows.has_time:
            batch.problems.append(
                f"GamePilot's table {rows.name} has no column with the time; a row counts from when it is read,"
                " and those from before the first look are left out"
            )
        order = ByNumber(rows) if rows.found.number is not None else ByTime(rows)
        if happened := order.settle():
            batch.notices.append(happened)
        count = self._take(batch, order.next(quota), order)
        more = count >= quota
        cursor.behind = order.behind(count) if more else 0
        cursor.read_at = rows.now
        batch.more = batch.more or more
        if not more and self._memory.sweep.is_due():
            self._swept(batch, order)
        batch.cursors.append(cursor)

    def _take(self, batch: Batch, rows: Sequence[tuple[Any, ...]], order: ByNumber | ByTime) -> int:
        """Rows begin with their place and their id."""
        for row in rows:
            self._add(batch, row)
        if rows:
            order.moved(rows[-1])
        return len(rows)

    def _add(self, batch: Batch, row: tuple[Any, ...]) -> None:
        key = self._rows.key(row[1])
        try:
            batch.rows.append(self._rows.shape.event(key, row[2:], self._rows.now, self._raw_from))
            self._rows.cursor.rows += 1
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
        batch.left_out.add(self._rows.name)
        self._rows.cursor.skipped += 1

    def _swept(self, batch: Batch, order: ByNumber | ByTime) -> None:
        """One step of the sweep: the ids of a page, and the rows of those that are not stored."""
        sweep = self._memory.sweep
        began = time.monotonic()
        ids = order.page(sweep.after, SWEPT_AT_ONCE)
        here = {row[0] for row in batch.rows}  # read a moment ago, stored in a moment
        for row in self._rows.of(self._unstored(ids, here)):
            if self._is_kept(row):
                self._add(batch, row)
        more = len(ids) == SWEPT_AT_ONCE
        sweep.went_to(ids[-1][:2] if more else None, began)
        batch.more = batch.more or more

    def _is_kept(self, row: tuple[Any, ...]) -> bool:
        """A row older than what is kept raw may have been counted and pruned; it cannot be told any more."""
        try:
            at = self._rows.shape.moment(row[2:])
        except ValueError:
            return True
        return at is None or at >= self._raw_from + OVERLAP_MS

    def _unstored(self, ids: Sequence[tuple[Any, ...]], here: set[str]) -> list[tuple[Any, ...]]:
        by_key = {self._rows.key(row[1]): row for row in ids}
        known = self._memory.skipped | here
        known |= _stored(by_key.keys() - known)
        return [row for key, row in by_key.items() if key not in known]


def _stored(keys: Iterable[str]) -> set[str]:
    """Those of the keys that are in the store."""
    found: set[str] = set()
    wanted = list(keys)
    for start in range(0, len(wanted), 500):
        rows: Any = Event.select(Event.key).where(Event.key.in_(wanted[start : start + 500])).tuples()
        found.update(key for (key,) in rows)
    return found
