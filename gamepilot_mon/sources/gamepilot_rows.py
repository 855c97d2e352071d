"""The rows of one of GamePilot's tables: what one poll asks the database for.

Rows begin with their place (the number, or the time) and their id; the columns that are read follow.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from gamepilot_mon.clock import DAY_MS, MINUTE_MS
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.sources import gamepilot_tables
from gamepilot_mon.sources.gamepilot_schema import Connection, Found, quoted
from gamepilot_mon.sources.gamepilot_tables import Shape, Table

FIRST_CONTACT_MS = DAY_MS
OVERLAP_MS = 10 * MINUTE_MS
AT_ONCE = 500  # rows looked up by one statement


class Rows:
    """One table in one poll, with its cursor. Raises Unreadable where the database does."""

    def __init__(self, connection: Connection, table: Table, found: Found, now: int) -> None:
        self._connection = connection
        self.found = found
        self.now = now
        self.name = table.name
        self._columns = [c for c in found.columns if _is_wanted(c, table, found)]
        self.shape = Shape(table, self._columns)
        time_column = gamepilot_tables.time_column(found.columns)
        self.has_time = time_column is not None
        self.time = "NULL" if time_column is None else quoted(time_column)
        self.cursor = SourceCursor.of(table.name)

    def key(self, identity: Any) -> str:
        generation = self.cursor.generation
        return f"gp{generation + 1 if generation else ''}:{self.name}:{identity}"

    def of(self, ids: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The whole rows of places and ids."""
        by, index = (self.found.number, 0) if self.found.number else (self.found.identity, 1)
        for start in range(0, len(ids), AT_ONCE):
            part = tuple(row[index] for row in ids[start : start + AT_ONCE])
            condition = f"{by} IN ({', '.join([self.marker] * len(part))})"
            yield from self._select(condition, part, str(by), len(part))

    def numbered(self, condition: str, parameters: Sequence[Any], order: str, limit: int) -> list[Any]:
        return list(self._select(condition, parameters, f"{self.found.number} {order}", limit))

    def timed(self, condition: str, parameters: Sequence[Any], limit: int) -> list[Any]:
        return list(self._select(condition, parameters, f"{self.time}, {self.found.identity}", limit))

    def ids(self, condition: str, parameters: Sequence[Any], order: str, limit: int) -> list[Any]:
        """Only place and id."""
        sql = f"SELECT {self._place}, {self.found.identity} FROM {self.found.sql} WHERE {condition}"
        return list(self._connection.rows(f"{sql} ORDER BY {order} LIMIT {limit}", parameters))

    def one(self, expression: str, rest: str = "", parameters: Sequence[Any] = ()) -> Any:
        rows = self._connection.rows(f"SELECT {expression} FROM {self.found.sql} {rest}", parameters)
        return rows[0][0] if rows else None

    def count(self, sql: str, parameters: Sequence[Any]) -> int:
        return int(self._connection.rows(f"SELECT COUNT(*) {sql}", parameters)[0][0])

    def at(self, row: tuple[Any, ...]) -> int | None:
        try:
            return self.shape.moment(row[2:])
        except ValueError:
            return None

    @property
    def marker(self) -> str:
        return self._connection.marker

    @property
    def _place(self) -> str:
        return self.found.number or self.time

    def _select(
        self, condition: str, parameters: Sequence[Any], order: str, limit: int
    ) -> Sequence[tuple[Any, ...]]:
        read = ", ".join(
            [self._place, str(self.found.identity), *(self.found.columns[c] for c in self._columns)]
        )
        sql = f"SELECT {read} FROM {self.found.sql} WHERE {condition} ORDER BY {order} LIMIT {limit}"
        return self._connection.rows(sql, parameters)


def _is_wanted(column: str, table: Table, found: Found) -> bool:
    plain = gamepilot_tables.plain(column)
    used = {gamepilot_tables.plain(name) for name in gamepilot_tables.wanted(table)}
    return plain in used or column == gamepilot_tables.time_column(found.columns)
