"""Everything that is known of one alert, as its page shows it."""

from typing import Any

from gamepilot_mon import alert_figure, incidents, lifecycle, triage, why
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Alert
from gamepilot_mon.settings import Settings


def of(settings: Settings, alert: Alert, now: int) -> dict[str, Any]:
    """Without `explanation` before the daemon has written one; `figure` is None where there is nothing to draw."""
    found = why.explain(settings, alert, now)
    return {
        "alert": found["alert"],
        "origin": alert.origin,
        "fired_at": iso(alert.started_at if alert.fired_at is None else alert.fired_at),
        "lasted_ms": (alert.ended_at or now) - (alert.fired_at or alert.started_at),
        "told": found,
        "explanation": found["explanation"],
        "lifecycle": lifecycle.of(alert),
        "figure": alert_figure.of(settings, alert, now),
        "conditions": triage.conditions(alert),
        "others": incidents.others(alert) if alert.incident_id else 0,
    }
