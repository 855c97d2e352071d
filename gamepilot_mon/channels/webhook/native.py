"""The body in our own format: the alert as the API shows it, and the notification around it. Pure."""

from typing import Any

from gamepilot_mon.channels import Message, wording
from gamepilot_mon.channels.clean import clean
from gamepilot_mon.clock import iso


def body(message: Message) -> dict[str, Any]:
    return {
        "notificationId": message.notification_id,
        "change": message.change,
        "resend": message.resend,
        "lateMs": message.late_ms,
        "insteadOf": message.instead_of,
        "title": wording.title(message),
        "alert": {
            "id": message.alert_id,
            "type": message.type,
            "severity": message.severity,
            "status": message.status,
            "message": clean(message.text),
            "value": message.value,
            "threshold": message.threshold,
            "timestamp": iso(message.timestamp),
            "startedAt": iso(message.started_at),
            "endedAt": iso(message.ended_at) if message.ended_at is not None else None,
            "fingerprint": message.fingerprint,
            "incidentId": message.incident.incident_id if message.incident else None,
            "labels": dict(message.labels),
            "metadata": dict(message.metadata),
            "url": wording.safe_url(message.url),
        },
    }
