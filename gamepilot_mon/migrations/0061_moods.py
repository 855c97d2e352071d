"""Moods over time: tallies by hour, the recent steps that transitions and launches are found in, and active people."""

from typing import Any

STATEMENTS = """
CREATE TABLE tally (
    what TEXT NOT NULL,
    start INTEGER NOT NULL,
    name TEXT NOT NULL,
    other TEXT NOT NULL,
    count INTEGER NOT NULL,
    total REAL NOT NULL,
    PRIMARY KEY (what, start, name, other)
) WITHOUT ROWID;
CREATE TABLE tally_name (
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (what, name)
) WITHOUT ROWID;
CREATE TABLE mood_step (
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    mood TEXT NOT NULL,
    session TEXT,
    PRIMARY KEY (user, at, event_id)
) WITHOUT ROWID;
CREATE INDEX mood_step_at ON mood_step (at);
CREATE TABLE shown_step (
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    games TEXT NOT NULL,
    mood TEXT NOT NULL,
    cause TEXT NOT NULL,
    launched INTEGER NOT NULL,
    PRIMARY KEY (user, at, event_id)
) WITHOUT ROWID;
CREATE INDEX shown_step_at ON shown_step (at);
CREATE TABLE launch_step (
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    game TEXT NOT NULL,
    PRIMARY KEY (user, at, event_id)
) WITHOUT ROWID;
CREATE INDEX launch_step_at ON launch_step (at);
CREATE TABLE active_user (
    user TEXT NOT NULL PRIMARY KEY,
    last_seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX active_user_last_seen ON active_user (last_seen);
CREATE TABLE day_users (
    day INTEGER NOT NULL PRIMARY KEY,
    registers BLOB NOT NULL
);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
