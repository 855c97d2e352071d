"""The errors snapshot: how many, where, when, and the newest of them."""

from typing import Any

from gamepilot_mon import rollups
from gamepilot_mon.clock import iso
from gamepilot_mon.error_groups.summary import summary
from gamepilot_mon.models.event import Event
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import queries

RECENT_SHOWN = 10


def build(settings: Settings, now: int, *, hours: int = 24) -> dict[str, Any]:
    """The `errors:update` payload over the last `hours`. Hours without an error are left out."""
    span = queries.span(hours)
    by_operation = queries.durations("errors", span, now)
    critical = queries.durations("critical_errors", span, now)
    heard = bool(by_operation) or queries.heard(now, span)
    by_hour = rollups.hourly("errors", hours, now)
    return {
        "totalErrors": sum(found.count for found in by_operation.values()) if heard else None,
        "criticalErrors": sum(found.count for found in critical.values()) if heard else None,
        "errorsByOperation": {name: found.count for name, found in by_operation.items()},
        "errorsByHour": [{"hour": iso(start), "count": count} for start, count in by_hour.items()],
        "recentErrors": _recent(now - span),
        "groups": summary(hours, now),
    }


def _recent(after: int) -> list[dict[str, Any]]:
    newest = (
        Event.select()
        .where((Event.kind == "error") & (Event.at >= after))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(RECENT_SHOWN)
    )
    return [
        {**queries.failure(event.at, event.name, event.data), "severity": event.severity} for event in newest
    ]
