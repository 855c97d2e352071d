"""Maintenance windows."""

from typing import Any

STATEMENTS = """
CREATE TABLE maintenance (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    matchers TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    cron TEXT,
    zone TEXT,
    duration_ms INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX maintenance_ends_at ON maintenance (ends_at);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
