"""GamePilot's tables in a PostgreSQL database, with the types that an ORM gives them. Needs psycopg."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gamepilot_mon.simulator.tables import Busy, Insert
from gamepilot_mon.sources.gamepilot_postgresql import HOW_TO_INSTALL, first_line, shown

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_S = 2  # short, because the one who writes is the one who keeps the pace
STATEMENT_TIMEOUT_MS = 5_000
NOT_INSTALLED = f"writing into a PostgreSQL database needs psycopg, which is not installed: {HOW_TO_INSTALL}"

_ID = "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_CREATED = '"createdAt" TIMESTAMPTZ NOT NULL'
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, username TEXT NOT NULL, email TEXT NOT NULL, {_CREATED});
CREATE TABLE IF NOT EXISTS performance_metrics (
    {_ID}, operation TEXT NOT NULL, duration DOUBLE PRECISION NOT NULL, success BOOLEAN NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL, "userId" TEXT, metadata JSONB);
CREATE TABLE IF NOT EXISTS error_logs (
    {_ID}, operation TEXT NOT NULL, error TEXT NOT NULL, "stackTrace" TEXT, timestamp TIMESTAMPTZ NOT NULL,
    "userId" TEXT, metadata JSONB, severity TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mood_selections (
    {_ID}, "userId" TEXT NOT NULL, "primaryMood" TEXT NOT NULL, "secondaryMood" TEXT,
    intensity DOUBLE PRECISION NOT NULL, "sessionId" TEXT, context JSONB, outcomes JSONB, {_CREATED});
CREATE TABLE IF NOT EXISTS user_actions (
    {_ID}, "userId" TEXT NOT NULL, type TEXT NOT NULL, "gameId" TEXT, "gameTitle" TEXT, "moodContext" TEXT,
    "sessionId" TEXT, metadata JSONB, {_CREATED});
CREATE TABLE IF NOT EXISTS recommendation_events (
    {_ID}, "userId" TEXT NOT NULL, "moodContext" TEXT, "recommendedGames" JSONB NOT NULL, "clickedGameId" TEXT,
    "successFlag" BOOLEAN, "sessionId" TEXT, metadata JSONB, {_CREATED});
CREATE TABLE IF NOT EXISTS learning_metrics (
    {_ID}, "userId" TEXT, "metricType" TEXT NOT NULL, "metricValue" DOUBLE PRECISION NOT NULL,
    period TEXT NOT NULL, metadata JSONB, {_CREATED});
"""


class Unusable(ValueError):
    """The database cannot be written into, and will not be able to by itself."""


class PostgresqlTables:
    """Connects anew when the server was away."""

    def __init__(self, url: str) -> None:
        """Make the tables where they are missing. Raises Unusable."""
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None
        try:
            with self._transaction() as cursor:
                cursor.execute(SCHEMA)
        except Busy as error:
            raise Unusable(str(error)) from None

    def write(self, inserts: Sequence[Insert]) -> None:
        with self._transaction() as cursor:
            for insert in inserts:
                cursor.executemany(_sql(insert), insert.rows)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator["psycopg.Cursor[Any]"]:
        try:
            import psycopg
        except ImportError as error:
            raise Unusable(NOT_INSTALLED) from error
        try:
            if self._connection is None or self._connection.closed:
                self._connection = _connected(self._url)
            with self._connection.transaction(), self._connection.cursor() as cursor:
                yield cursor
        except psycopg.OperationalError as error:
            self.close()
            raise Busy(_sentence(self._url, error)) from None
        except psycopg.Error as error:
            raise Unusable(_sentence(self._url, error)) from None


def _connected(url: str) -> "psycopg.Connection[Any]":
    import psycopg

    connection: psycopg.Connection[Any] = psycopg.connect(
        url, connect_timeout=CONNECT_TIMEOUT_S, application_name="gamepilot-simulator", autocommit=True
    )
    connection.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
    return connection


def _sql(insert: Insert) -> str:
    columns = ", ".join(f'"{column}"' for column in insert.columns)
    marks = ", ".join(["%s"] * len(insert.columns))
    ending = " ON CONFLICT DO NOTHING" if insert.known else ""
    return f"INSERT INTO {insert.table} ({columns}) VALUES ({marks}){ending}"


def _sentence(url: str, error: Exception) -> str:
    return f"the database {shown(url)}: {first_line(url, error)}"
