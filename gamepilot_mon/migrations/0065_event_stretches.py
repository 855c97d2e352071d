"""Stretches of events: where those of a time are, for the kinds that have no index by time."""

from typing import Any

AT_ONCE = 2_000

STATEMENTS = f"""
CREATE TABLE event_stretch (
    first INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL
);
CREATE INDEX event_stretch_latest ON event_stretch (latest);
INSERT INTO event_stretch SELECT MIN(id), MAX(id), MIN(at), MAX(at) FROM event GROUP BY id / {AT_ONCE};
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
