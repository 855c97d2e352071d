"""Notes on alerts."""

from typing import Any

STATEMENTS = """
CREATE TABLE note (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    alert_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX note_alert_id ON note (alert_id);
CREATE INDEX note_at ON note (at);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
