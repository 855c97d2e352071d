"""GamePilot's tables and how a row of each becomes an event. Pure: no store, no clock.

Column names are compared without case and underscores, so `userId` and `user_id` are the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.sources import gamepilot_values as values

AHEAD_MS = 5 * MINUTE_MS
TIMES = ("timestamp", "createdat", "time", "date")

Parse = Callable[[Any], Any]
Row = dict[str, Any]


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


def event(table: Table, row: Mapping[str, Any], at: int | None, now: int) -> Row:
    """The columns of Event but its key; `row` has plain() names. Raises ValueError on a wrong type."""
    found: Row = dict.fromkeys(("name", "value", "ok", "severity", "user")) | dict(table.absent)
    for ours, (column, parse) in table.columns.items():
        if plain(column) in row:
            found[ours] = parse(row[plain(column)])
    data = {
        ours: parse(row[plain(column)])
        for ours, (column, parse) in table.data.items()
        if row.get(plain(column)) is not None
    }
    if at is not None and at > now + AHEAD_MS:
        data |= {"clamped": True, "timestamp": iso(at)}
        at = now
    return {
        **found,
        "kind": table.kind,
        "at": now if at is None else at,
        "received_at": now,
        "data": data or None,
    }
