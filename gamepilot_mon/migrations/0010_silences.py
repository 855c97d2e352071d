"""Silences, and until when and why an alert is acknowledged."""

from typing import Any

STATEMENTS = """
CREATE TABLE silence (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    matchers TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX silence_ends_at ON silence (ends_at);
ALTER TABLE alert ADD COLUMN acknowledged_until INTEGER;
ALTER TABLE alert ADD COLUMN acknowledged_reason TEXT;
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
