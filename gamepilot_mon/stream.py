"""Streams: the events of some kinds, read on from a cursor of one's own and each exactly once.

Event ids rise in the order of the commits and a repeated event is no second row, so a cursor over ids that moves in the
transaction of what was made of the events neither misses one nor takes it twice, however late it is.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from gamepilot_mon import db, pseudonym
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models.cursor import Cursor

STRIDE = 20_000  # ids that one batch looks at, most of them of other kinds
STORED_EVERY_MS = 5 * MINUTE_MS


class Row(NamedTuple):
    """The columns of an event; `data` is the JSON text as stored."""

    id: int
    kind: str
    at: int
    name: str | None
    value: float | None
    ok: bool | None
    severity: str | None
    user: str | None
    data: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in the order of their arrival, and where the cursor stands once they are taken."""

    rows: list[Row]
    position: int
    more: bool


@dataclass(frozen=True, slots=True)
class Stream:
    name: str  # of the cursor
    kinds: tuple[str, ...]

    def pending(self, passed: int = 0) -> bool:
        """Whether events of these kinds wait after the cursor; those up to `passed` are known to be of others."""
        after = max(passed, Cursor.read(self.name))
        return (
            _first(f"SELECT 1 FROM event NOT INDEXED WHERE id > ? AND {self._of()} LIMIT 1", after)
            is not None
        )

    def batch(self, limit: int) -> Batch:
        """The next events, at most `limit`; inside the write() that stores what is made of them."""
        after, newest = Cursor.read(self.name), newest_id()
        until = min(after + STRIDE, newest)
        # By id: the index on kinds would lead to every event of a kind that was ever kept.
        found = db.database.execute_sql(
            f"SELECT id, kind, at, name, value, ok, severity, user, data FROM event NOT INDEXED"
            f" WHERE id > ? AND id <= ? AND {self._of()} ORDER BY id LIMIT ?",
            (after, until, limit),
        )
        rows = [_hidden(Row(*row)) for row in found]
        position = rows[-1].id if len(rows) == limit else until
        return Batch(rows, position, position < newest)

    def moved(self, position: int) -> None:
        """Inside the caller's write()."""
        if position > Cursor.read(self.name):
            Cursor.move(self.name, position)

    def _of(self) -> str:
        return "kind IN ({})".format(", ".join(f"'{kind}'" for kind in self.kinds))


def _hidden(row: Row) -> Row:
    """Rows of before pseudonyms were used are converted meanwhile; what is made of them has none but those."""
    user = pseudonym.of(row.user)
    return row if user is row.user else row._replace(user=user)


class Reader:
    """Asks whether anything waits without looking twice at events of other kinds, or writing for each of them.

    Now and then the cursor moves past those too: an event is not deleted before every reader is past it.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._passed = 0  # events up to this id are of no kind that matters here
        self._stored_at = 0

    def pending(self, now: int) -> bool:
        newest = newest_id()
        if self._stream.pending(self._passed):
            return True
        self._passed = newest
        if not 0 <= now - self._stored_at < STORED_EVERY_MS:
            with db.write():
                self._stream.moved(newest)
            self._stored_at = now
        return False


def newest_id() -> int:
    """The id of the newest event that is kept."""
    return _first("SELECT MAX(id) FROM event") or 0


def _first(sql: str, *values: Any) -> Any:
    row = db.database.execute_sql(sql, values).fetchone()
    return row[0] if row else None
