"""The event log: raw events by kind, operation, user and time, newest first, a bounded look at a time.

Ordered by (at, id), the order of the indexes of the rarer kinds; several kinds are merged. Those that come in masses
have no index by time and are looked for together, stretch after stretch. A look reads about SCANNED events at most:
when few of them match, its page is short and the cursor says where the next look goes on.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple, get_args

import msgspec

from gamepilot_mon import event_stretches
from gamepilot_mon.clock import iso
from gamepilot_mon.db import database
from gamepilot_mon.event_stretches import Stretch
from gamepilot_mon.sources.kinds import AnyEvent

KINDS = tuple(kind.__struct_config__.tag for kind in get_args(AnyEvent))
INDEXED = frozenset({"deploy", "error", "learning", "mood_selection", "recommendation", "user_action"})
SCANNED = 20_000
COLUMNS = (
    "id", "kind", "timestamp", "receivedAt", "name", "value", "success", "severity", "userId", "fields",
)  # fmt: skip
TEXT_MAX = 8_000  # of one event's further fields

_COLUMNS = "at, id, kind, received_at, name, value, ok, severity, user, data"
_PAGE = """
SELECT * FROM (SELECT {columns} FROM event WHERE {where} ORDER BY at DESC, id DESC LIMIT {scanned})
WHERE {matches} LIMIT {limit}
"""
_STRETCH = """
SELECT {columns} FROM event WHERE id BETWEEN {stretch.first} AND {stretch.last} AND {where} AND {matches}
ORDER BY at DESC, id DESC LIMIT {limit}
"""
_LAST = "SELECT at, id FROM event WHERE {where} ORDER BY at DESC, id DESC LIMIT 1 OFFSET {scanned}"


class Place(NamedTuple):
    """Where a page ends; what follows is smaller."""

    at: int
    id: int

    @classmethod
    def parse(cls, text: str) -> "Place":
        """`1790000000000-42`. Raises ValueError."""
        at, _, id_ = text.partition("-")
        if not (at.isdecimal() and id_.isdecimal() and len(text) <= 40):
            raise ValueError("is no cursor of an earlier answer")
        return cls(min(int(at), 2**62), min(int(id_), 2**62))

    def __str__(self) -> str:
        return f"{self.at}-{self.id}"


Row = tuple[Any, ...]
Look = tuple[
    list[Row], Place | None
]  # the events that match, where the look stopped although there may be more


@dataclass(frozen=True, slots=True)
class Wanted:
    kinds: tuple[str, ...]
    since: int
    until: int
    operation: str | None = None
    user: str | None = None
    before: Place | None = None
    limit: int = 50


def page(wanted: Wanted) -> tuple[list[dict[str, Any]], str | None]:
    """The events and the cursor of what follows, None at the end."""
    looks = list(_looks(wanted))
    stopped = max((place for _, place in looks if place), default=None)
    merged = heapq.merge(*(rows for rows, _ in looks), key=lambda row: row[:2], reverse=True)
    rows = list(_until(merged, stopped))[: wanted.limit]
    if len(rows) == wanted.limit:
        return [_event(row) for row in rows], str(Place(*rows[-1][:2]))
    return [_event(row) for row in rows], str(stopped) if stopped else None


def _looks(wanted: Wanted) -> Iterator[Look]:
    if wanted.user is not None:
        yield _look(wanted, None)
        return
    yield from (_look(wanted, kind) for kind in wanted.kinds if kind in INDEXED)
    others = [kind for kind in wanted.kinds if kind not in INDEXED]
    if others:
        yield _look_through(wanted, others)


def _until(rows: Iterator[tuple[Any, ...]], stopped: Place | None) -> Iterator[tuple[Any, ...]]:
    """Nothing beyond where a look stopped: of that kind, there may be more in between."""
    return (row for row in rows if stopped is None or row[:2] >= stopped)


def _look(wanted: Wanted, kind: str | None) -> Look:
    where, values = _where(wanted, [kind] if kind else [])
    matches, asked = _matches(wanted, kind)
    sql = _PAGE.format(columns=_COLUMNS, where=where, scanned=SCANNED, matches=matches, limit=wanted.limit)
    rows = _rows(sql, (*values, *asked))
    if len(rows) == wanted.limit:
        return rows, Place(*rows[-1][:2])
    last = _rows(_LAST.format(where=where, scanned=SCANNED - 1), values) if asked else []
    return rows, Place(*last[0]) if last else None


def _look_through(wanted: Wanted, kinds: list[str]) -> Look:
    """Kinds without an index, in the stretches that may have some of the time, the latest first."""
    before = wanted.before or Place(wanted.until, 0)
    found: list[Row] = []
    scanned = 0
    for stretch in event_stretches.within(wanted.since, before.at):
        if len(found) == wanted.limit and found[-1][0] > stretch.latest:
            break
        stop = Place(stretch.latest + 1, 0)
        if scanned >= SCANNED and stop < before:
            return [row for row in found if row[:2] >= stop], stop
        found = heapq.nlargest(wanted.limit, [*found, *_in(stretch, wanted, kinds)], key=itemgetter(0, 1))
        scanned += stretch.last - stretch.first + 1 if stretch.latest < event_stretches.FOREVER else 0
    return found, Place(*found[-1][:2]) if len(found) == wanted.limit else None


def _in(stretch: Stretch, wanted: Wanted, kinds: list[str]) -> list[Row]:
    where, values = _where(wanted, kinds)
    matches, asked = _matches(wanted, kinds[0])
    sql = _STRETCH.format(columns=_COLUMNS, stretch=stretch, where=where, matches=matches, limit=wanted.limit)
    return _rows(sql, (*values, *asked))


def _where(wanted: Wanted, kinds: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
    """Of these kinds; none: of the user."""
    before = wanted.before or Place(wanted.until, 0)
    of, values = (_of(kinds), ()) if kinds else ("user = ?", (wanted.user,))
    span = "at >= ? AND at <= ? AND (at, id) < (?, ?)"
    return f"{of} AND {span}", (*values, wanted.since, before.at, *before)


def _of(kinds: Sequence[str]) -> str:
    """In words: a partial index is used only when its condition is there as it is."""
    if len(kinds) == 1:
        return f"kind = '{kinds[0]}'"
    return f"kind IN ({', '.join(repr(kind) for kind in kinds)})"


def _matches(wanted: Wanted, kind: str | None) -> tuple[str, tuple[Any, ...]]:
    conditions: list[tuple[str, Any]] = []
    if wanted.operation is not None:
        conditions.append(("name = ?", wanted.operation))
    if kind is None and set(wanted.kinds) != set(KINDS):
        return (
            " AND ".join(
                [*(text for text, _ in conditions), f"kind IN ({', '.join('?' * len(wanted.kinds))})"]
            ),
            (*(value for _, value in conditions), *wanted.kinds),
        )
    return " AND ".join(text for text, _ in conditions) or "TRUE", tuple(value for _, value in conditions)


def _rows(sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor: Any = database.execute_sql(sql, values)
    return list(cursor.fetchall())


def _event(row: tuple[Any, ...]) -> dict[str, Any]:
    at, id_, kind, received_at, name, value, ok, severity, user, data = row
    return {
        "id": id_, "kind": kind, "timestamp": iso(at), "receivedAt": iso(received_at), "name": name, "value": value,
        "success": None if ok is None else bool(ok), "severity": severity, "userId": user, "fields": _fields(data),
    }  # fmt: skip


def _fields(data: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(data) if data else {}
    return {name: value[:TEXT_MAX] if isinstance(value, str) else value for name, value in fields.items()}
