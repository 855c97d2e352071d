"""The database of the simulated GamePilot: its tables in SQLite, and events appended to them as rows."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from gamepilot_mon.clock import iso
from gamepilot_mon.simulator.players import DAY, Player, session_of
from gamepilot_mon.simulator.traffic import Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, username TEXT NOT NULL, email TEXT NOT NULL, createdAt TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS performance_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, duration REAL NOT NULL,
    success BOOLEAN NOT NULL, timestamp TEXT NOT NULL, userId TEXT, metadata TEXT);
CREATE TABLE IF NOT EXISTS error_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, error TEXT NOT NULL, stackTrace TEXT,
    timestamp TEXT NOT NULL, userId TEXT, metadata TEXT, severity TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mood_selections (
    id INTEGER PRIMARY KEY AUTOINCREMENT, userId TEXT NOT NULL, primaryMood TEXT NOT NULL, secondaryMood TEXT,
    intensity REAL NOT NULL, sessionId TEXT, context TEXT, outcomes TEXT, createdAt TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user_actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, userId TEXT NOT NULL, type TEXT NOT NULL, gameId TEXT,
    gameTitle TEXT, moodContext TEXT, sessionId TEXT, metadata TEXT, createdAt TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS recommendation_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, userId TEXT NOT NULL, moodContext TEXT,
    recommendedGames TEXT NOT NULL, clickedGameId TEXT, successFlag BOOLEAN, sessionId TEXT, metadata TEXT,
    createdAt TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS learning_metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, userId TEXT, metricType TEXT NOT NULL, metricValue REAL NOT NULL,
    period TEXT NOT NULL, metadata TEXT, createdAt TEXT NOT NULL);
"""

BUSY_TIMEOUT_S = 1.0  # short, because the one who writes is the one who keeps the pace

Row = dict[str, Any]


class GamePilotDatabase:
    """The open database. Use it from the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open the file, and make its folder and its tables where they are missing."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        # WAL, so that a monitor that reads holds up nobody.
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = normal")
        connection.executescript(SCHEMA)
        return cls(connection)

    def add_players(self, players: Iterable[Player], now: int) -> None:
        """Make the users that are not there yet."""
        rows = [(p.id, p.username, p.email, iso(now - p.joined_days_ago * DAY)) for p in players]
        insert = "INSERT OR IGNORE INTO users (id, username, email, createdAt) VALUES (?, ?, ?, ?)"
        self._write([(insert, rows)])

    def append(self, events: Iterable[Event]) -> int:
        """Add the events in one transaction; returns how many rows. Kinds without a table are left out.

        Raises sqlite3.OperationalError when another writer keeps the lock; nothing is written then.
        """
        by_table: dict[str, list[Row]] = defaultdict(list)
        for event in events:
            if event["kind"] in ROWS:
                table, row = ROWS[event["kind"]]
                by_table[table].append(row(event))
        self._write([(_insert(table, rows[0]), [*map(_values, rows)]) for table, rows in by_table.items()])
        return sum(map(len, by_table.values()))

    def close(self) -> None:
        self._connection.close()

    def _write(self, inserts: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        if not inserts:
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, rows in inserts:
                self._connection.executemany(sql, rows)
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _insert(table: str, row: Row) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"


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
