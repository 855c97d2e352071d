"""What a notification says: written when it is owed, and completed with what is true when an attempt begins."""

from typing import Any

from gamepilot_mon import incidents
from gamepilot_mon.channels import Group, Message
from gamepilot_mon.models import Alert, Notification


def body(alert: Alert, link: str | None, note: str | None = None) -> dict[str, Any]:
    """What a notification says of `alert`, the same at every attempt."""
    text = f"{alert.message} ({note})" if note else alert.message
    return {
        "type": alert.type, "severity": alert.severity, "status": alert.status, "text": text,
        "value": alert.value, "threshold": alert.threshold, "timestamp": alert.changed_at,
        "started_at": alert.started_at, "ended_at": alert.ended_at,
        "labels": alert.labels, "metadata": alert.metadata,
        "url": link,
    }  # fmt: skip


def message(row: Notification, now: int) -> Message:
    """The message of `row` for its next attempt."""
    return Message(
        notification_id=row.uid, change=row.change, alert_id=row.alert_id, fingerprint=row.fingerprint,
        resend=row.uncertain, late_ms=max(0, now - row.created_at), late_because=_late_because(row),
        instead_of=_instead_of(row), incident=_incident(row), **row.body,
    )  # fmt: skip


def _late_because(row: Notification) -> str:
    return row.detail or "it waited for its turn, or nothing ran that could send it"


def _instead_of(row: Notification) -> str | None:
    first = Notification.get_or_none(Notification.id == row.failover_of) if row.failover_of else None
    return first.channel if first else None


def _incident(row: Notification) -> Group | None:
    """As it is at this attempt: the first alert of an incident is alone when it is put into the outbox."""
    alert = Alert.get_or_none(Alert.id == row.alert_id) if row.alert_id else None
    if alert is None or alert.incident_id is None:
        return None
    return Group(alert.incident_id, incidents.others(alert))
