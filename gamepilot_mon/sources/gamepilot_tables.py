"""GamePilot's tables and how a row of each becomes an event. Pure: no store, no clock.

Column names are compared without case and underscores, so `userId` and `user_id` are the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gamepilot_mon import pseudonym
from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.sources import gamepilot_values as values

AHEAD_MS = 5 * MINUTE_MS
READ_MAX = values.JSON_MAX + 1  # characters of a long text that are read
TIMES = ("timestamp", "createdat", "time", "date")

Parse = Callable[[Any], Any]
Row = tuple[Any, ...]  # key, kind, at, received_at, name, value, ok, severity, user, data as JSON text


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` fill a column of Event, `data` a member of its data; the `needed` ones must be there."""

    name: str
    kind: str
    columns: Mapping[str, tuple[str, Parse]]  # {column of Event: (column of GamePilot, how it is read)}
    data: Mapping[str, tuple[str, Parse]] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    absent: Mapping[str, Any] = field(default_factory=dict)  # {column of Event: value without that column}


_USER = ("userId", values.name)
_METADATA = ("metadata", values.document)
_SESSION = ("sessionId", values.name)

TABLES = (
    Table(
        "performance_metrics",
        "operation",
        {
            "name": ("operation", values.text),
            "value": ("duration", values.duration),
            "ok": ("success", values.flag),
            "user": _USER,
        },
        {"metadata": _METADATA},
        needed=("operation", "duration"),
        absent={"ok": True},
    ),
    Table(
        "error_logs",
        "error",
        {"name": ("operation", values.text), "severity": ("severity", values.severity), "user": _USER},
        {
            "error": ("error", values.name),
            "stack_trace": ("stackTrace", values.name),
            "metadata": _METADATA,
        },
        needed=("operation",),
        absent={"severity": "error"},
    ),
    Table(
        "mood_selections",
        "mood_selection",
        {"name": ("primaryMood", values.text), "value": ("intensity", values.number), "user": _USER},
        {
            "secondary_mood": ("secondaryMood", values.name),
            "session_id": _SESSION,
            "context": ("context", values.document),
            "outcomes": ("outcomes", values.document),
        },
        needed=("primaryMood",),
    ),
    Table(
        "user_actions",
        "user_action",
        {"name": ("type", values.text), "user": _USER},
        {
            "game_id": ("gameId", values.name),
            "game_title": ("gameTitle", values.name),
            "mood_context": ("moodContext", values.document),
            "session_id": _SESSION,
            "metadata": _METADATA,
        },
        needed=("type",),
    ),
    Table(
        "recommendation_events",
        "recommendation",
        {"ok": ("successFlag", values.optional_flag), "user": _USER},
        {
            "mood_context": ("moodContext", values.document),
            "recommended_games": ("recommendedGames", values.document),
            "clicked_game_id": ("clickedGameId", values.name),
            "session_id": _SESSION,
            "metadata": _METADATA,
        },
    ),
    Table(
        "learning_metrics",
        "learning",
        {"name": ("metricType", values.text), "value": ("metricValue", values.number), "user": _USER},
        {"period": ("period", values.name), "metadata": _METADATA},
        needed=("metricType", "metricValue"),
    ),
)


NAMES = tuple(table.name for table in TABLES)


def plain(column: str) -> str:
    return column.replace("_", "").lower()


def wanted(table: Table) -> list[str]:
    """GamePilot's columns that events of `table` are made of."""
    return list(dict.fromkeys(column for column, _ in (*table.columns.values(), *table.data.values())))


def missing(table: Table, present: Iterable[str]) -> list[str]:
    there = {plain(column) for column in present}
    return [column for column in wanted(table) if plain(column) not in there]


def time_column(present: Iterable[str]) -> str | None:
    """The first of the usual names that is there."""
    by_name = {plain(column): column for column in present}
    return next((by_name[name] for name in TIMES if name in by_name), None)


def is_long(table: Table, column: str) -> bool:
    """Whether the column may hold a long text, of which only the beginning is kept."""
    return any(
        plain(name) == plain(column) and parse in (values.text, values.name, values.document)
        for name, parse in (*table.columns.values(), *table.data.values())
    )


class Shape:
    """How rows of one table with `present` columns, in that order, become events."""

    def __init__(self, table: Table, present: Sequence[str]) -> None:
        where = {plain(column): index for index, column in enumerate(present)}
        self._kind = table.kind
        self._filled = tuple(
            (where.get(plain(table.columns[ours][0])), table.columns[ours][1], table.absent.get(ours))
            if ours in table.columns
            else (None, values.name, None)
            for ours in ("name", "value", "ok", "severity", "user")
        )
        self._data = tuple(
            (ours, where[plain(column)], parse)
            for ours, (column, parse) in table.data.items()
            if plain(column) in where
        )
        time = time_column(present)
        self._time = None if time is None else where[plain(time)]

    def moment(self, row: Sequence[Any]) -> int | None:
        """When it happened, epoch ms; None when the row does not say. Raises ValueError."""
        return None if self._time is None else values.moment(row[self._time])

    def event(self, key: str, row: Sequence[Any], now: int, raw_from: int) -> Row:
        """The row of the event table. Raises ValueError on a wrong type.

        An event from before `raw_from` counts as received when it happened, so it is kept raw no longer than
        it takes to fold it.
        """
        at = self.moment(row)
        *filled, user = (
            absent if index is None else parse(row[index]) for index, parse, absent in self._filled
        )
        data = {ours: parse(row[index]) for ours, index, parse in self._data if row[index] is not None}
        if at is None:
            at = now
        elif at > now + AHEAD_MS:
            data |= {"clamped": True, "timestamp": iso(at)}
            at = now
        received_at = now if at >= raw_from else at
        text = msgspec.json.encode(data).decode() if data else None
        return (key, self._kind, at, received_at, *filled, pseudonym.of(user), text)
