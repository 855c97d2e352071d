"""Rebuilding: the buckets anew from the raw events that are kept, while everything goes on.

The events are folded once more, a batch at a time, into a table beside. When that has come as far as the daemon has,
it takes the place of what was there, some series in each transaction: in the same transaction it first catches up, so
what is put in place never lacks an event. The daemon notices and forgets what it had in memory. Every step is a short
write, and where it stands is stored: a rebuild that was cut off goes on where it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.db import database, write
from gamepilot_mon.models import Cursor
from gamepilot_mon.rollups.folding import CURSOR, REBUILT, Folder
from gamepilot_mon.rollups.tiers import HOUR, WIDTHS

TABLE = "rollup_rebuilt"
POSITION = "rollups-rebuild"  # the last event that was folded once more
SINCE = "rollups-rebuild-since"
SWAPPED = "rollups-rebuild-swapped"  # the last series that is in its place
BATCH = 5_000
SERIES_AT_ONCE = 5
AHEAD_MS = 5 * MINUTE_MS  # how far the time of an event may lie after its arrival


class TooOld(Exception):
    """The raw events do not reach back so far; `oldest` is where they do."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class Progress:
    """`position` of `last` events' ids; then series after series is put in its place."""

    position: int
    last: int
    swapped: int
    done: bool = False


def oldest() -> int:
    """The full hour from which on every event is there and stays for an hour; 0 when none was ever deleted.

    Raises LookupError when all of them were.
    """
    received: Any = database.execute_sql("SELECT COUNT(*), MIN(received_at) FROM event")
    count, received_at = received.fetchone()
    given: Any = database.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = 'event'")
    last = given.fetchone()
    if last is None or count == last[0]:  # as many as ever were given an id
        return 0
    if not count:
        raise LookupError("no raw events are kept")
    reached: int = received_at + AHEAD_MS + HOUR
    return reached + -reached % HOUR


def is_under_way() -> bool:
    return bool(Cursor.select().where(Cursor.name == SINCE).exists())


def _may_go_on() -> bool:
    """One that was cut off so long ago that events are gone which it had not read must begin anew."""
    unread_is_there = Cursor.read(SWAPPED) > 0 or Cursor.read(SINCE) >= oldest() - HOUR
    return is_under_way() and unread_is_there


def rebuild(slow_ms: float, since: int | None, now: int) -> Iterator[Progress]:
    """Each step as it is committed. One that was cut off is gone on with, whatever `since` is then.

    `since` is taken down to a full hour; None: as far back as possible. Raises TooOld.
    """
    if not _may_go_on():
        _begin(since)
    folder = Folder(slow_ms, cursor=POSITION, table=TABLE, since=Cursor.read(SINCE))
    done = False
    while not done:
        with write():
            done = _step(folder, now)
            progress = Progress(Cursor.read(POSITION), Cursor.read(CURSOR), Cursor.read(SWAPPED), done)
            if done:
                _end()
        yield progress


def _begin(since: int | None) -> None:
    reached = oldest()
    wanted = reached if since is None else since - since % HOUR
    if wanted < reached:
        raise TooOld(reached)
    with write():
        database.execute_sql(f"DELETE FROM {TABLE}")
        Cursor.move(SINCE, wanted)
        Cursor.move(POSITION, 0)
        Cursor.move(SWAPPED, 0)


def _step(folder: Folder, now: int) -> bool:
    """Fold a batch once more, or put the next series in their place; whether that was all."""
    if folder.fold(now, limit=BATCH, until=Cursor.read(CURSOR)) == BATCH:
        return False
    after, since = Cursor.read(SWAPPED), Cursor.read(SINCE)
    numbers = _next_series(after)
    for number in numbers:
        for width in WIDTHS:
            sql = "DELETE FROM rollup WHERE series_id = ? AND width = ? AND start >= ?"
            database.execute_sql(sql, (number, width, since))
        database.execute_sql(f"INSERT INTO rollup SELECT * FROM {TABLE} WHERE series_id = ?", (number,))
    if numbers:
        Cursor.move(SWAPPED, numbers[-1])
        Cursor.move(REBUILT, Cursor.read(REBUILT) + 1)
    return not numbers


def _next_series(after: int) -> list[int]:
    cursor: Any = database.execute_sql(
        "SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ?", (after, SERIES_AT_ONCE)
    )
    return [number for (number,) in cursor.fetchall()]


def _end() -> None:
    database.execute_sql(f"DELETE FROM {TABLE}")
    Cursor.delete().where(Cursor.name.in_((SINCE, POSITION, SWAPPED))).execute()
