"""Tables made empty, so that tests that want a new store can share one server."""

from gamepilot_mon import db
from gamepilot_mon.models import (
    Alert,
    Attempt,
    ChannelState,
    ConfigVersion,
    Explanation,
    Incident,
    IncidentNote,
    Maintenance,
    Note,
    Notification,
    RuleVersion,
    Silence,
    StoredRule,
)
from gamepilot_mon.models.record import Record

ALERTING = (Alert, Attempt, Explanation, Incident, IncidentNote, Maintenance, Note, Notification, Silence)
CONFIGURED = (ConfigVersion, ChannelState)
RULES = (RuleVersion, StoredRule)


def empty(*tables: type[Record]) -> None:
    """No rows, and ids from 1 on."""
    with db.write():
        for table in tables:
            table.delete().execute()
            db.database.execute_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table._meta.table_name,))
