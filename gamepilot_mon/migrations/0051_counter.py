"""The last running total of each series that OpenTelemetry reports, and the releases that were seen."""

from typing import Any

STATEMENTS = """
CREATE TABLE counter (
    series TEXT NOT NULL PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    value REAL NOT NULL,
    seen_at INTEGER NOT NULL
);
CREATE INDEX counter_seen_at ON counter (seen_at);
CREATE TABLE seen_version (
    name TEXT NOT NULL PRIMARY KEY,
    first_seen_at INTEGER NOT NULL
);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
