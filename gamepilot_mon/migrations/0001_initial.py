"""The first tables.

The statements are frozen: later changes are migrations of their own.
"""

from typing import Any

TABLES = """
CREATE TABLE alert (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    origin TEXT NOT NULL,
    type TEXT NOT NULL,
    severity TEXT NOT NULL,
    status TEXT NOT NULL,
    message TEXT NOT NULL,
    value REAL,
    threshold REAL,
    labels TEXT NOT NULL,
    metadata TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    fired_at INTEGER,
    changed_at INTEGER NOT NULL,
    ended_at INTEGER,
    evidence_at INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by TEXT
);
CREATE INDEX alert_fingerprint ON alert (fingerprint);
CREATE INDEX alert_started_at ON alert (started_at);
CREATE UNIQUE INDEX alert_one_open ON alert (fingerprint) WHERE ended_at IS NULL;
CREATE TABLE attempt (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    notification_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT,
    detail TEXT
);
CREATE INDEX attempt_notification_id ON attempt (notification_id);
CREATE INDEX attempt_started_at ON attempt (started_at);
CREATE TABLE broadcast (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    event TEXT NOT NULL,
    severity TEXT NOT NULL,
    data TEXT
);
CREATE INDEX broadcast_at ON broadcast (at);
CREATE TABLE "check" (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    spec TEXT NOT NULL,
    interval_ms INTEGER NOT NULL,
    origin TEXT NOT NULL,
    alerting INTEGER NOT NULL,
    ping_key TEXT,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    state_since INTEGER,
    observed_at INTEGER,
    latency_ms REAL,
    error TEXT,
    failures INTEGER NOT NULL,
    data TEXT
);
CREATE UNIQUE INDEX check_name ON "check" (name);
CREATE UNIQUE INDEX check_ping_key ON "check" (ping_key);
CREATE TABLE config_version (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    created_at INTEGER NOT NULL,
    author TEXT NOT NULL,
    override TEXT NOT NULL,
    diff TEXT NOT NULL
);
CREATE TABLE cursor (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
);
CREATE TABLE event (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    key TEXT,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    name TEXT,
    value REAL,
    ok INTEGER,
    severity TEXT,
    user TEXT,
    data TEXT
);
CREATE UNIQUE INDEX event_key ON event (key);
CREATE INDEX event_received_at ON event (received_at);
CREATE INDEX event_kind_at ON event (kind, at);
CREATE TABLE fact (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE feed_item (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    topic TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX feed_item_at ON feed_item (at);
CREATE TABLE notification (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uid TEXT NOT NULL,
    alert_id INTEGER,
    fingerprint TEXT NOT NULL,
    channel TEXT NOT NULL,
    change TEXT NOT NULL,
    severity TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    uncertain INTEGER NOT NULL,
    settled_at INTEGER,
    detail TEXT
);
CREATE UNIQUE INDEX notification_uid ON notification (uid);
CREATE INDEX notification_alert_id ON notification (alert_id);
CREATE INDEX notification_fingerprint_channel_id ON notification (fingerprint, channel, id);
CREATE INDEX notification_state_due_at ON notification (state, due_at);
CREATE TABLE observation (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    check_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    latency_ms REAL,
    error TEXT,
    data TEXT
);
CREATE INDEX observation_at ON observation (at);
CREATE INDEX observation_check_id_at ON observation (check_id, at);
CREATE TABLE process (
    name TEXT NOT NULL PRIMARY KEY,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    beat_at INTEGER NOT NULL,
    stalled TEXT
);
CREATE TABLE rollup (
    series_id INTEGER NOT NULL,
    width INTEGER NOT NULL,
    start INTEGER NOT NULL,
    count INTEGER NOT NULL,
    sum REAL NOT NULL,
    min REAL NOT NULL,
    max REAL NOT NULL,
    sketch BLOB,
    PRIMARY KEY (series_id, width, start)
) WITHOUT ROWID;
CREATE TABLE series (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL
);
CREATE UNIQUE INDEX series_metric_labels ON series (metric, labels);
CREATE TABLE session (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
);
CREATE UNIQUE INDEX session_token_hash ON session (token_hash);
CREATE INDEX session_user_id ON session (user_id);
CREATE TABLE sign_in_link (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    token_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
);
CREATE UNIQUE INDEX sign_in_link_token_hash ON sign_in_link (token_hash);
CREATE TABLE token (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
);
CREATE UNIQUE INDEX token_token_hash ON token (token_hash);
CREATE TABLE "user" (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
);
CREATE UNIQUE INDEX user_name ON "user" (name);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
    db.execute_sql("INSERT INTO fact (name, value) VALUES ('feed_epoch', lower(hex(randomblob(8))))")
