"""Incidents: related alerts handled as one."""

from typing import Any

STATEMENTS = """
CREATE TABLE incident (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    alerts INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    ended_at INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    acknowledged_reason TEXT,
    acknowledged_until INTEGER
);
CREATE INDEX incident_changed_at ON incident (changed_at);
CREATE TABLE incident_note (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    incident_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX incident_note_incident_id ON incident_note (incident_id);
ALTER TABLE alert ADD COLUMN incident_id INTEGER;
CREATE INDEX alert_incident ON alert (incident_id, ended_at) WHERE incident_id IS NOT NULL;
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
