"""GamePilot's own database as a source: a cursor a table that also reads by time, and its problems."""

from typing import Any

STATEMENTS = """
CREATE TABLE source_cursor (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER,
    moment TEXT,
    row TEXT,
    marks TEXT,
    generation INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    behind INTEGER NOT NULL,
    read_at INTEGER NOT NULL
);
CREATE TABLE source_problem (
    text TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
);
INSERT INTO source_cursor (name, position, generation, rows, skipped, behind, read_at)
    SELECT substr(c.name, 11), c.position,
        COALESCE((SELECT g.position FROM cursor g WHERE g.name = c.name || ':generation'), 0), 0, 0, 0, 0
    FROM cursor c WHERE c.name LIKE 'gamepilot:%' AND c.name NOT LIKE '%:generation';
DELETE FROM cursor WHERE name LIKE 'gamepilot:%';
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
