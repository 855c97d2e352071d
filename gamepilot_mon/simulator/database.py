"""The database of the simulated GamePilot: its tables, and events appended to them as rows."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from gamepilot_mon.clock import iso
from gamepilot_mon.settings.addresses import sqlite_path
from gamepilot_mon.simulator.players import DAY, Player, session_of
from gamepilot_mon.simulator.postgresql_tables import PostgresqlTables
from gamepilot_mon.simulator.sqlite_tables import SqliteTables
from gamepilot_mon.simulator.tables import Insert, Tables
from gamepilot_mon.simulator.traffic import Event
from gamepilot_mon.sources.gamepilot_postgresql import shown

POSTGRESQL = ("postgresql://", "postgres://")

Row = dict[str, Any]


class GamePilotDatabase:
    """The open database, under the `name` that people may see. Use it from the thread that opened it."""

    def __init__(self, tables: Tables, name: str) -> None:
        self._tables = tables
        self.name = name

    @classmethod
    def open(cls, place: Path | str) -> Self:
        """Open a SQLite file or the database of a postgresql:// URL, and make the tables that are missing.

        Raises sqlite3.Error, OSError, Unusable.
        """
        text = str(place)
        if text.startswith(POSTGRESQL):
            return cls(PostgresqlTables(text), shown(text))
        path = sqlite_path(text) if text.startswith("sqlite:") else text
        return cls(SqliteTables(path or text), str(path))

    def add_players(self, players: Iterable[Player], now: int) -> None:
        """Make the users that are not there yet."""
        rows = [(p.id, p.username, p.email, iso(now - p.joined_days_ago * DAY)) for p in players]
        self._tables.write([Insert("users", ("id", "username", "email", "createdAt"), rows, known=True)])

    def append(self, events: Iterable[Event]) -> int:
        """Add the events in one transaction; returns how many rows. Kinds without a table are left out.

        Raises Busy when the database takes none now; nothing is written then.
        """
        by_table: dict[str, list[Row]] = defaultdict(list)
        for event in events:
            if event["kind"] in ROWS:
                table, row = ROWS[event["kind"]]
                by_table[table].append(row(event))
        if by_table:
            self._tables.write(
                [Insert(table, [*rows[0]], [*map(_values, rows)]) for table, rows in by_table.items()]
            )
        return sum(map(len, by_table.values()))

    def close(self) -> None:
        self._tables.close()


def _values(row: Row) -> tuple[Any, ...]:
    return tuple(json.dumps(value) if isinstance(value, dict | list) else value for value in row.values())


def _operation(event: Event) -> Row:
    return {
        "operation": event["operation"],
        "duration": event["duration_ms"],
        "success": event["success"],
        "timestamp": event["timestamp"],
        "userId": event.get("user_id"),
        "metadata": event.get("metadata"),
    }


def _error(event: Event) -> Row:
    return {
        "operation": event["operation"],
        "error": event["error"],
        "stackTrace": event.get("stack_trace"),
        "timestamp": event["timestamp"],
        "userId": event.get("user_id"),
        "severity": event["severity"],
    }


def _mood_selection(event: Event) -> Row:
    return {
        "userId": event["user_id"],
        "primaryMood": event["primary_mood"],
        "secondaryMood": event.get("secondary_mood"),
        "intensity": event["intensity"],
        "sessionId": session_of(event["user_id"], event["timestamp"]),
        "context": event.get("context"),
        "outcomes": event.get("outcomes"),
        "createdAt": event["timestamp"],
    }


def _user_action(event: Event) -> Row:
    return {
        "userId": event["user_id"],
        "type": event["type"],
        "gameId": event.get("game_id"),
        "gameTitle": event.get("game_title"),
        "moodContext": event.get("mood_context"),
        "sessionId": session_of(event["user_id"], event["timestamp"]),
        "metadata": event.get("metadata"),
        "createdAt": event["timestamp"],
    }


def _recommendation(event: Event) -> Row:
    return {
        "userId": event["user_id"],
        "moodContext": event["mood_context"],
        "recommendedGames": event["recommended_games"],
        "clickedGameId": event.get("clicked_game_id"),
        "successFlag": event.get("success"),
        "sessionId": session_of(event["user_id"], event["timestamp"]),
        "createdAt": event["timestamp"],
    }


def _learning(event: Event) -> Row:
    return {
        "metricType": event["metric_type"],
        "metricValue": event["value"],
        "period": event["period"],
        "createdAt": event["timestamp"],
    }


# The table and the row of each kind. Queries, deploys and free metrics have no table in GamePilot.
ROWS: dict[str, tuple[str, Callable[[Event], Row]]] = {
    "operation": ("performance_metrics", _operation),
    "error": ("error_logs", _error),
    "mood_selection": ("mood_selections", _mood_selection),
    "user_action": ("user_actions", _user_action),
    "recommendation": ("recommendation_events", _recommendation),
    "learning": ("learning_metrics", _learning),
}
