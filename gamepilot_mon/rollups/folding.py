"""Folding: new events into the buckets of every tier that keeps their time.

A batch is grouped in one pass by what its events have in common and by ten seconds, the finest bucket; what is then
left to add to series and tiers is a few hundred buckets. Those that are still filling stay in memory from one batch
to the next. That is safe because one process folds (the daemon, which holds the lock): what is in memory counts only
while the cursor stands where it was left, so that neither a transaction that came to nothing nor a rebuild is missed.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.db import database
from gamepilot_mon.models import Cursor
from gamepilot_mon.rollups import rows
from gamepilot_mon.rollups.facts import Sort, additions
from gamepilot_mon.rollups.rows import Key
from gamepilot_mon.rollups.series import Numbers
from gamepilot_mon.rollups.shapes import Shapes
from gamepilot_mon.rollups.tiers import FINE, WIDTHS, is_kept

CURSOR = "rollups"
REBUILT = "rollups-rebuilt"  # counts the times that buckets were put in their place by somebody else
LINGER_MS = MINUTE_MS  # how long after its end a bucket stays in memory
MOST = 200_000  # buckets in memory

Groups = dict[tuple[Sort, int], list[float]]  # by sort and ten seconds
Grown = dict[tuple[int, int], Bucket]  # by series and ten seconds


class Folder:
    """Folds the events after a cursor; what it remembers between batches only saves reading it again."""

    def __init__(
        self, slow_ms: float, *, cursor: str = CURSOR, table: str = rows.TABLE, since: int = 0
    ) -> None:
        """`since`: events of before are left out."""
        self._slow_ms = slow_ms
        self._cursor = cursor
        self._table = table
        self._since = since
        self._numbers = Numbers()
        self._shapes = Shapes()
        self._open: dict[Key, Bucket] = {}
        self._left: tuple[int, int] | None = None  # where the cursors stood

    def fold(self, now: int, *, limit: int = 5_000, until: int | None = None) -> int:
        """Fold up to `limit` events after the cursor, up to the id `until`, inside the caller's write().

        Returns how many.
        """
        position, rebuilt = Cursor.read(self._cursor), Cursor.read(REBUILT)
        if self._left != (position, rebuilt):
            self._forget()
        self._left = None  # until all of it is done
        found, last = unfolded(position, limit, until)
        if found:
            self._add(self._grown(grouped(found, self._since), now), now)
            self._shapes.keep(now)
            Cursor.move(self._cursor, last)
        self._left = (last, rebuilt)
        return len(found)

    def _forget(self) -> None:
        self._open.clear()
        self._numbers.forget()
        self._shapes.forget()

    def _grown(self, groups: Groups, now: int) -> Grown:
        grown: Grown = {}
        for (sort, start), values in groups.items():
            if sort.kind == "query":
                sort = sort._replace(name=self._shapes.of(sort.name or "", len(values), now))
            whole = Bucket.of(values)
            for name, added in additions(sort, values, self._slow_ms):
                bucket = whole if added is values else Bucket.of(added)
                grown.setdefault((self._numbers.of(name), start), Bucket()).merge(bucket)
        return grown

    def _add(self, grown: Grown, now: int) -> None:
        placed = [
            ((number, width, start - start % width), bucket)
            for (number, start), bucket in grown.items()
            for width in WIDTHS
            if is_kept(width, start, now)
        ]
        touched = sorted({key for key, _ in placed})
        missing = [key for key in touched if key not in self._open]
        self._open.update(rows.stored(missing, self._table))
        for key, bucket in placed:
            self._bucket(key).merge(bucket)
        rows.put(((*key, *rows.columns(self._open[key])) for key in touched), self._table)
        self._close(now)

    def _bucket(self, key: Key) -> Bucket:
        if key not in self._open:
            self._open[key] = Bucket()
        return self._open[key]

    def _close(self, now: int) -> None:
        """Forget the buckets that are over: what comes late for one reads it again."""
        over = now - LINGER_MS
        self._open = {key: bucket for key, bucket in self._open.items() if key[2] + key[1] >= over}
        if len(self._open) > MOST:
            self._open.clear()


def grouped(events: Iterable[tuple[Any, ...]], since: int = 0) -> Groups:
    """The values of events (at, value, the fields of a Sort, id) by what they have in common."""
    groups: Any = defaultdict(list)
    for at, value, kind, name, ok, severity, data, _id in events:
        if at >= since:
            groups[kind, name, ok, severity, data, at - at % FINE].append(value or 0.0)
    return {(Sort(*key[:-1]), key[-1]): values for key, values in groups.items()}


def unfolded(after: int, limit: int, until: int | None = None) -> tuple[list[tuple[Any, ...]], int]:
    """Events in the order of their arrival, and the id of the last."""
    upto = "" if until is None else f"AND id <= {int(until)}"
    sql = (
        "SELECT at, value, kind, name, ok, severity, CASE kind WHEN 'metric' THEN data END, id FROM event"
        f" WHERE id > ? {upto} ORDER BY id LIMIT ?"
    )
    cursor: Any = database.execute_sql(sql, (after, limit))
    found = cursor.fetchall()
    return found, found[-1][-1] if found else after


def pending() -> bool:
    """Whether events wait after the cursor."""
    cursor: Any = database.execute_sql(
        "SELECT EXISTS (SELECT 1 FROM event WHERE id > ?)", (Cursor.read(CURSOR),)
    )
    return bool(cursor.fetchone()[0])


def fold(slow_ms: float, now: int, *, limit: int = 5_000) -> int:
    """One batch by a Folder that remembers nothing."""
    return Folder(slow_ms).fold(now, limit=limit)
