"""Alerts of the past, written straight into the store."""

from typing import Any

from gamepilot_mon import db
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models import Alert, Notification

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z, a Tuesday


def past(started_at: int, lasted_ms: int | None = MINUTE_MS, **changes: Any) -> Alert:
    """One alert that fired at once; open when `lasted_ms` is None."""
    ended_at = None if lasted_ms is None else started_at + lasted_ms
    values = {
        "fingerprint": f"f{started_at}", "origin": "rule", "type": "error_rate", "severity": "critical",
        "status": "firing" if ended_at is None else "resolved", "message": "High error rate: 12 %",
        "value": 0.12, "threshold": 0.05, "labels": {}, "metadata": {}, "started_at": started_at,
        "fired_at": started_at, "changed_at": ended_at or started_at, "ended_at": ended_at, **changes,
    }  # fmt: skip
    with db.write():
        alert: Alert = Alert.create(**values)
    return alert


def told(
    alert: Alert, at: int, channel: str = "slack", change: str = "firing", **changes: Any
) -> Notification:
    values = {
        "uid": f"{alert.id}-{channel}-{at}", "alert_id": alert.id, "fingerprint": alert.fingerprint,
        "channel": channel, "change": change, "severity": alert.severity, "body": {"type": alert.type},
        "created_at": at, "due_at": at, "state": "sent", "settled_at": at + 100, "attempts": 1,
        "uncertain": False, **changes,
    }  # fmt: skip
    with db.write():
        row: Notification = Notification.create(**values)
    return row
