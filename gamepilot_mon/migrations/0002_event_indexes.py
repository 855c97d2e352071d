"""Indexes for the snapshots: who was active, which moods and actions, which errors were critical.

Each is partial, so an event pays only for the ones that concern it.
"""

from typing import Any

INDEXES = """
CREATE INDEX event_user ON event (user, at) WHERE user IS NOT NULL;
CREATE INDEX event_mood ON event (at, name, value) WHERE kind = 'mood_selection';
CREATE INDEX event_action ON event (at, name) WHERE kind = 'user_action';
CREATE INDEX event_learning ON event (at, name, value) WHERE kind = 'learning';
CREATE INDEX event_critical ON event (at) WHERE kind = 'error' AND severity = 'critical';
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in INDEXES.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
