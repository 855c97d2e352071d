"""Indexes for a storm: which checks are down is asked for each alert, which critical waits for each send,
and whether anything is owed to a channel that is off whenever something was put into the outbox.
"""

from typing import Any

STATEMENTS = """
CREATE INDEX alert_open_type ON alert (type) WHERE ended_at IS NULL;
CREATE INDEX notification_severity ON notification (channel, state, severity, due_at);
CREATE INDEX notification_state_channel ON notification (state, channel);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
