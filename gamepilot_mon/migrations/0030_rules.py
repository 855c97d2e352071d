"""Rules that people write, who changed them, and since when an alert waits to fire or to end."""

from typing import Any

STATEMENTS = """
CREATE TABLE rule (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX rule_name ON rule (name);
CREATE TABLE rule_version (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    author TEXT NOT NULL,
    name TEXT NOT NULL,
    old TEXT,
    new TEXT
);
CREATE INDEX rule_version_name ON rule_version (name);
ALTER TABLE alert ADD COLUMN waiting_since INTEGER;
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
