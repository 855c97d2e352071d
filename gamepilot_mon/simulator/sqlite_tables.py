"""GamePilot's tables in a SQLite file."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gamepilot_mon.simulator.tables import Busy, Insert

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


class SqliteTables:
    """Use it from the thread that opened it."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, and make its folder and its tables where they are missing. Raises sqlite3.Error, OSError."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        # WAL, so that a monitor that reads holds up nobody.
        self._connection.execute("PRAGMA journal_mode = wal")
        self._connection.execute("PRAGMA synchronous = normal")
        self._connection.executescript(SCHEMA)

    def write(self, inserts: Sequence[Insert]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for insert in inserts:
                self._connection.executemany(_sql(insert), insert.rows)
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise Busy(str(error)) from error
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


def _sql(insert: Insert) -> str:
    verb = "INSERT OR IGNORE" if insert.known else "INSERT"
    marks = ", ".join("?" * len(insert.columns))
    return f"{verb} INTO {insert.table} ({', '.join(insert.columns)}) VALUES ({marks})"
