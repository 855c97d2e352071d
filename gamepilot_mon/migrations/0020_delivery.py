"""Delivery: what each channel is going through, and how a notification hangs together with another."""

from typing import Any

STATEMENTS = """
CREATE TABLE channel_state (
    name TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    failing_since INTEGER,
    tried_at INTEGER,
    last_success_at INTEGER,
    last_failure_at INTEGER,
    last_failure TEXT,
    paused_until INTEGER NOT NULL,
    paced_until INTEGER NOT NULL,
    summed_up_at INTEGER
);
ALTER TABLE notification ADD COLUMN summary_id INTEGER;
ALTER TABLE notification ADD COLUMN failover_of INTEGER;
ALTER TABLE notification ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;
CREATE INDEX notification_channel_state_due_at ON notification (channel, state, due_at);
CREATE INDEX notification_summary_id ON notification (summary_id) WHERE summary_id IS NOT NULL;
CREATE INDEX notification_failover_of ON notification (failover_of) WHERE failover_of IS NOT NULL;
CREATE INDEX notification_dead ON notification (id) WHERE state = 'dead' AND reported = 0;
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
