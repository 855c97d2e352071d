"""The event log: raw events by kind, operation, user and time, newest first, a bounded look at a time.

Ordered by (at, id), the order of the index of each kind; several kinds are merged. A look reads at most SCANNED events
of a kind: when few of them match, its page is short and the cursor says where the next look goes on.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

import msgspec

from gamepilot_mon.clock import iso
from gamepilot_mon.db import database
from gamepilot_mon.sources.kinds import AnyEvent

KINDS = tuple(kind.__struct_config__.tag for kind in get_args(AnyEvent))
SCANNED = 20_000
TEXT_MAX = 8_000  # of one event's further fields

_COLUMNS = "at, id, kind, received_at, name, value, ok, severity, user, data"
_PAGE = """
SELECT * FROM (SELECT {columns} FROM event WHERE {where} ORDER BY at DESC, id DESC LIMIT {scanned})
WHERE {matches} LIMIT {limit}
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
    looks = [_look(wanted, kind) for kind in wanted.kinds] if wanted.user is None else [_look(wanted, None)]
    stopped = max((place for _, place in looks if place), default=None)
    merged = heapq.merge(*(rows for rows, _ in looks), key=lambda row: row[:2], reverse=True)
    rows = list(_until(merged, stopped))[: wanted.limit]
    if len(rows) == wanted.limit:
        return [_event(row) for row in rows], str(Place(*rows[-1][:2]))
    return [_event(row) for row in rows], str(stopped) if stopped else None


def _until(rows: Iterator[tuple[Any, ...]], stopped: Place | None) -> Iterator[tuple[Any, ...]]:
    """Nothing beyond where a look stopped: of that kind, there may be more in between."""
    return (row for row in rows if stopped is None or row[:2] >= stopped)


def _look(wanted: Wanted, kind: str | None) -> tuple[list[tuple[Any, ...]], Place | None]:
    """(the events that match, where the look stopped although there may be more)."""
    where, values = _where(wanted, kind)
    matches, asked = _matches(wanted, kind)
    sql = _PAGE.format(columns=_COLUMNS, where=where, scanned=SCANNED, matches=matches, limit=wanted.limit)
    rows = _rows(sql, (*values, *asked))
    if len(rows) == wanted.limit:
        return rows, Place(*rows[-1][:2])
    last = _rows(_LAST.format(where=where, scanned=SCANNED - 1), values) if asked else []
    return rows, Place(*last[0]) if last else None


def _where(wanted: Wanted, kind: str | None) -> tuple[str, tuple[Any, ...]]:
    first, value = ("kind = ?", kind) if kind is not None else ("user = ?", wanted.user)
    before = wanted.before or Place(wanted.until, 0)
    return (
        f"{first} AND at >= ? AND at <= ? AND (at, id) < (?, ?)",
        (value, wanted.since, before.at, *before),
    )


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
