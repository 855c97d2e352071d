"""What was known around the moment at which an alert fired."""

from typing import Any

STATEMENTS = """
CREATE TABLE explanation (
    alert_id INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX explanation_at ON explanation (at);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
