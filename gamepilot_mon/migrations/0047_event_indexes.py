"""Fewer indexes on events: each one costs every event that it holds.

The sender's id only where there is one; the kinds that are looked up by time, each in its own; and none on
received_at, because ids rise with it.
"""

from typing import Any

CHANGES = """
DROP INDEX event_key;
DROP INDEX event_received_at;
DROP INDEX event_kind_at;
CREATE UNIQUE INDEX event_key ON event (key) WHERE key IS NOT NULL;
CREATE INDEX event_error ON event (at) WHERE kind = 'error';
CREATE INDEX event_deploy ON event (at) WHERE kind = 'deploy';
CREATE INDEX event_recommendation ON event (at) WHERE kind = 'recommendation';
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
