"""Indexes for a storm: which checks are down is asked for each alert, which critical waits for each send."""

from typing import Any

STATEMENTS = """
CREATE INDEX alert_open_type ON alert (type) WHERE ended_at IS NULL;
CREATE INDEX notification_severity ON notification (channel, state, severity, due_at);
"""


def up(_migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
