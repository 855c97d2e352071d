"""Web Push: the browsers that want notifications, and which of them each notification has reached."""

from typing import Any

STATEMENTS = """
CREATE TABLE push_subscription (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    severity TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    reached_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER
);
CREATE INDEX push_subscription_user_id ON push_subscription (user_id);
CREATE TABLE push_result (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    notification TEXT NOT NULL,
    subscription_id INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE UNIQUE INDEX push_result_once ON push_result (notification, subscription_id);
CREATE INDEX push_result_at ON push_result (at);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
