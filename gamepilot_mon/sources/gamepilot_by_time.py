"""Reading in the order of time and id: tables whose rows have no number."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gamepilot_mon.sources import gamepilot_values
from gamepilot_mon.sources.gamepilot_rows import FIRST_CONTACT_MS, OVERLAP_MS, Rows
from gamepilot_mon.sources.gamepilot_tables import AHEAD_MS

BEHIND_COUNTED = 200_000  # no more rows are counted where they have no numbers


class ByTime:
    """Rows have no number: they are read in the order of time and id, up to now. The sweep takes those ahead."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._cursor = rows.cursor
        self._time = rows.time
        self._newest = rows.one(
            self._time, f"WHERE {self._time} IS NOT NULL ORDER BY {self._time} DESC LIMIT 1"
        )

    def settle(self) -> str | None:
        """Begin, or make sure that the newest rows are still there. Returns what happened to them."""
        if self._newest is None:
            return None
        newest_at = self._at(self._newest)
        if self._cursor.moment is None:
            self._place(self._literal(self._rows.now - FIRST_CONTACT_MS), None)
        elif newest_at is not None and newest_at < (self._at(self._moment) or 0) and self._cursor.row:
            self._place(self._newest, None)
            return (
                f"GamePilot's table {self._rows.name} was restored or lost its newest rows; it is read on from what"
                " is there"
            )
        return None

    def next(self, quota: int) -> list[Any]:
        if self._newest is None:
            return []
        after, place = self._after(self._moment, self._cursor.row)
        condition = f"{after} AND {self._time} <= {self._rows.marker}"
        return self._rows.timed(condition, (*place, self._bound()), quota)

    def moved(self, last: tuple[Any, ...]) -> None:
        self._place(last[0], str(last[1]))

    def behind(self, taken: int) -> int:
        """Counting many takes longer than reading a batch, so of many a batch is taken off until half are left."""
        known = self._cursor.behind - taken
        if known > BEHIND_COUNTED // 2:
            return known
        after, place = self._after(self._moment, self._cursor.row)
        table = self._rows.found.sql
        sql = f"FROM (SELECT 1 FROM {table} WHERE {after} LIMIT {BEHIND_COUNTED}) AS waiting"
        return int(self._rows.count(sql, place))

    def page(self, after: Sequence[Any] | None, limit: int) -> list[Any]:
        """The ids from OVERLAP_MS before the cursor on, without those that reading on will find."""
        if self._newest is None:
            return []
        marker = self._rows.marker
        begin, place = self._after(*after) if after else self._after(self._low(), None)
        done = f"({self._time}, {self._rows.found.identity}) <= ({marker}, {marker})"
        last: tuple[Any, ...] = (self._moment, self._cursor.row)
        if not self._cursor.row:
            done, last = f"{self._time} < {marker}", (self._moment,)
        condition = f"{begin} AND ({done} OR {self._time} > {marker})"
        order = f"{self._time}, {self._rows.found.identity}"
        return self._rows.ids(condition, (*place, *last, self._bound()), order, limit)

    def _low(self) -> Any:
        frontier = min(self._at(self._moment) or 0, self._rows.now)
        return self._literal(max(0, frontier - OVERLAP_MS))

    def _after(self, moment: Any, row: Any) -> tuple[str, tuple[Any, ...]]:
        marker = self._rows.marker
        if row is None:
            return f"{self._time} >= {marker}", (moment,)
        return f"({self._time}, {self._rows.found.identity}) > ({marker}, {marker})", (moment, row)

    def _bound(self) -> Any:
        return self._literal(self._rows.now + AHEAD_MS)

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
