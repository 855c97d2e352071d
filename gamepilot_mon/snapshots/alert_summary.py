"""The alerts of the kept history in figures, for GET /status."""

from typing import Any

import peewee

from gamepilot_mon import alerts
from gamepilot_mon.models.alert import Alert
from gamepilot_mon.settings import Settings

SHOWN = 10


def build(settings: Settings, now: int) -> dict[str, Any]:
    """Counts of the alerts that fired, and the newest of them; pending ones have not."""
    fired = Alert.fired_at.is_null(False) & (Alert.started_at >= now - settings.history_ms)
    newest = Alert.select().where(fired).order_by(Alert.id.desc()).limit(SHOWN)
    by_type = _counts(Alert.type, fired)
    return {
        "totalAlerts": sum(by_type.values()),
        "alertsByType": by_type,
        "alertsBySeverity": _counts(Alert.severity, fired),
        "lastAlerts": [alerts.payload(alert) for alert in newest],
    }


def _counts(column: peewee.Field, fired: peewee.Expression) -> dict[str, int]:
    query = Alert.select(column, peewee.fn.COUNT(Alert.id)).where(fired).group_by(column).order_by(column)
    found: list[tuple[str, int]] = list(query.tuples())  # type: ignore[arg-type]
    return dict(found)
