"""Errors by what went wrong: groups, their hours, people, samples and versions, and what was decided about them."""

from typing import Any

STATEMENTS = """
CREATE TABLE error_group (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    operation TEXT NOT NULL,
    title TEXT NOT NULL,
    frames TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    count INTEGER NOT NULL,
    users INTEGER NOT NULL,
    regressions INTEGER NOT NULL,
    regressed_at INTEGER,
    resolved_at INTEGER,
    resolved_version TEXT,
    changed_at INTEGER NOT NULL,
    changed_by TEXT
);
CREATE UNIQUE INDEX error_group_fingerprint ON error_group (fingerprint);
CREATE INDEX error_group_last_seen ON error_group (last_seen, id);
CREATE INDEX error_group_first_seen ON error_group (first_seen, id);
CREATE INDEX error_group_count ON error_group (count, id);
CREATE TABLE error_hour (
    group_id INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (group_id, hour)
) WITHOUT ROWID;
CREATE INDEX error_hour_hour ON error_hour (hour);
CREATE TABLE error_user (
    group_id INTEGER NOT NULL,
    user TEXT NOT NULL,
    PRIMARY KEY (group_id, user)
) WITHOUT ROWID;
CREATE INDEX error_user_user ON error_user (user);
CREATE TABLE error_sample (
    group_id INTEGER NOT NULL,
    slot TEXT NOT NULL,
    event_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    severity TEXT NOT NULL,
    user TEXT,
    version TEXT,
    message TEXT NOT NULL,
    stack TEXT,
    metadata TEXT,
    PRIMARY KEY (group_id, slot)
) WITHOUT ROWID;
CREATE INDEX error_sample_user ON error_sample (user) WHERE user IS NOT NULL;
CREATE TABLE error_version (
    group_id INTEGER NOT NULL,
    version TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (group_id, version)
) WITHOUT ROWID;
CREATE TABLE error_action (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    version TEXT
);
CREATE INDEX error_action_group ON error_action (group_id);
CREATE TABLE release (
    event_id INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    version TEXT NOT NULL
);
CREATE INDEX release_at ON release (at);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
