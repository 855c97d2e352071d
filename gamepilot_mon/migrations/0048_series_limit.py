"""Which series each source has made, and which sources wanted more than they may."""

from typing import Any

TABLES = """
CREATE TABLE source_series (
    source TEXT NOT NULL,
    series TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, series)
) WITHOUT ROWID;
CREATE TABLE source_excess (
    source TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL
);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
