"""Digests: what held a notification back until it was owed."""

from typing import Any

STATEMENTS = """
ALTER TABLE notification ADD COLUMN cause TEXT;
CREATE INDEX notification_cause ON notification (channel, cause, state) WHERE cause IS NOT NULL;
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
