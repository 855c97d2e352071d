"""Reading in the order of numbers: tables whose rows have one that rises, SQLite's rowid or a whole-number id."""

from collections.abc import Sequence
from typing import Any

from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models.event import Event
from gamepilot_mon.sources.gamepilot_rows import FIRST_CONTACT_MS, OVERLAP_MS, Rows

MARK_EVERY_MS = MINUTE_MS
ANCHORS = 20  # rows before the cursor that are compared with what is stored


class ByNumber:
    """Rows have a number that rises: SQLite's rowid, or a whole-number id."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._cursor = rows.cursor
        self._number = rows.found.number

    def settle(self) -> str | None:
        """Begin, or make sure that the table is still the one that the cursor was set in.

        Returns what happened to it.
        """
        if self._cursor.position is None:
            self._begin()
            return None
        position = self._anchored(self._cursor.position)
        if position is not None:
            self._cursor.position = position
            return None
        self._cursor.generation += 1
        self._begin()
        return (
            f"GamePilot's table {self._rows.name} was emptied, restored or made anew; it is read from its last 24"
            " hours on"
        )

    def next(self, quota: int) -> list[Any]:
        marker = self._rows.marker
        return self._rows.numbered(f"{self._number} > {marker}", (self._cursor.position,), "ASC", quota)

    def moved(self, last: tuple[Any, ...]) -> None:
        self._cursor.position = int(last[0])
        self._mark()

    def behind(self, _taken: int) -> int:
        return max(0, self._ends()[1] - int(self._cursor.position or 0))

    def page(self, after: Sequence[Any] | None, limit: int) -> list[Any]:
        marker = self._rows.marker
        lowest = self._low() if after is None else after[0]
        condition = f"{self._number} > {marker} AND {self._number} <= {marker}"
        place = (lowest, self._cursor.position)
        return self._rows.ids(condition, place, str(self._number), limit)

    def _begin(self) -> None:
        self._cursor.position = self._first_position()
        self._cursor.marks = None
        self._mark()

    def _mark(self) -> None:
        """Remember where reading had come to, once a minute, until one mark is as old as the overlap."""
        marks = [list(mark) for mark in self._cursor.marks or []]
        now, position = self._rows.now, self._cursor.position
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
        marker = self._rows.marker
        for row in self._rows.numbered(f"{self._number} <= {marker}", (cursor,), "DESC", ANCHORS):
            event = Event.get_or_none(Event.key == self._rows.key(row[1]))
            if event is None or (event.data or {}).get("clamped"):
                continue
            at = self._rows.at(row)
            if at is None or at == event.at:
                return int(row[0])
            replaced = True
        shrunk = cursor > 0 and cursor > self._ends()[1]
        return None if replaced or shrunk else cursor

    def _first_position(self) -> int:
        """Halving finds the first row of the last 24 hours: rows are written in the order of time."""
        first, last = self._ends()
        if self._rows.time == "NULL":
            return last
        low, high = first - 1, last
        marker = self._rows.marker
        while low < high:
            middle = (low + high) // 2
            row = self._rows.numbered(f"{self._number} > {marker}", (middle,), "ASC", 1)[0]
            if (self._rows.at(row) or 0) >= self._rows.now - FIRST_CONTACT_MS:
                high = middle
            else:
                low = int(row[0])
        return low

    def _ends(self) -> tuple[int, int]:
        """The first and last number; (1, 0) of an empty table."""
        first, last = self._rows.one(f"MIN({self._number})"), self._rows.one(f"MAX({self._number})")
        return (1, 0) if first is None else (int(first), int(last))
