"""Stretches: where the events of a time are, at no cost to each event.

An index by time would cost every event that arrives. Events arrive about in the order of their time, so it is enough to
know of each few thousand ids which times are among them. The daemon notes it when it folds them; what came since is the
stretch at the end, whose times are not known.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gamepilot_mon.db import database
from gamepilot_mon.models import EventStretch

LONGEST = 2_000  # ids
AT_ONCE = 5  # stretches noted by one call
FOREVER = 2**62


class Stretch(NamedTuple):
    """Ids from `first` to `last`; no event among them is later than `latest`."""

    first: int
    last: int
    latest: int


def extend(longest: int = LONGEST) -> None:
    """Note the events that came since, up to AT_ONCE stretches of them, inside the caller's write()."""
    newest = EventStretch.select().order_by(EventStretch.first.desc()).first()
    for _ in range(AT_ONCE):
        first = newest.first if newest and newest.last - newest.first + 1 < longest else None
        found = _next(newest.last if newest else 0, first, longest)
        if found is None:
            return
        newest = found
        # In the place of the one that it goes on with.
        EventStretch.insert(newest.__data__).on_conflict_replace().execute()


def _next(after: int, first: int | None, longest: int) -> EventStretch | None:
    """What follows the id `after`, together with the stretch that begins at `first`."""
    begin = after + 1 if first is None else first
    sql = (
        "SELECT MIN(id), MAX(id), MIN(at), MAX(at) FROM event NOT INDEXED"
        " WHERE id >= ? AND id < (SELECT MIN(id) FROM event WHERE id > ?) + ?"
    )
    room = longest if first is None else longest - (after - begin + 1)
    [row] = _rows(sql, (begin, after, room))
    if row[1] is None or row[1] <= after:
        return None
    return EventStretch(first=row[0] if first is None else first, last=row[1], earliest=row[2], latest=row[3])


def within(since: int, until: int) -> Iterator[Stretch]:
    """Those that may have an event in [since, until], the one with the latest first, and before all the end."""
    [(last,)] = _rows("SELECT COALESCE(MAX(last), 0) FROM event_stretch", ())
    yield Stretch(last + 1, FOREVER, FOREVER)
    sql = "SELECT first, last, latest FROM event_stretch WHERE latest >= ? AND earliest <= ? ORDER BY latest DESC"
    yield from (Stretch(*row) for row in _rows(sql, (since, until)))


def prune() -> int:
    """Forget those whose events are gone, inside the caller's write(); returns how many."""
    [(oldest,)] = _rows("SELECT COALESCE(MIN(id), 0) FROM event", ())
    return int(EventStretch.delete().where(EventStretch.last < oldest).execute())


def _rows(sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor: Any = database.execute_sql(sql, values)
    return list(cursor.fetchall())
