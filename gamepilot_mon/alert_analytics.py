"""Analytics of the alerts of a span: how many of what and when, how soon people and recovery came, what was noise."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon import alert_history, flapping
from gamepilot_mon.alert_history import Span, Spread
from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.models import Alert

STEP_MS = 15 * MINUTE_MS  # every time zone's hours begin at one of these
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORST = 5


def analyse(span: Span, zone: ZoneInfo) -> dict[str, Any]:
    """The whole document. An alert belongs to the span in which it started, if it fired."""
    total = alert_history.count(span)
    ended = alert_history.count(span, Alert.ended_at.is_null(False))
    alone = alert_history.count(span, Alert.ended_at.is_null(False), Alert.acknowledged_at.is_null())
    hours, weekdays = on_the_wall(alert_history.by_moment(span, STEP_MS), zone)
    sent = alert_history.sent(span)
    return {
        "from": iso(span.since), "to": iso(span.until), "zone": zone.key, "total": total, "open": total - ended,
        "byType": alert_history.counts(span, Alert.type),
        "bySeverity": alert_history.counts(span, Alert.severity),
        "byHour": [hours[hour] for hour in range(24)],
        "byWeekday": {name: weekdays[number] for number, name in enumerate(WEEKDAYS)},
        "timeToAcknowledgeMs": _rounded(alert_history.spread(span, Alert.acknowledged_at)),
        "timeToResolveMs": _rounded(alert_history.spread(span, Alert.ended_at)),
        "selfResolved": {"count": alone, "of": ended, "share": _share(alone, ended)},
        "flapping": _flapping(span),
        "notifications": {
            "sent": sum(sent.values()), "perAlert": _share(sum(sent.values()), total), "byChannel": sent,
        },
    }  # fmt: skip


def on_the_wall(moments: Mapping[int, int], zone: ZoneInfo) -> tuple[Counter[int], Counter[int]]:
    """{moment: count} by hour of day and by weekday (0 is Monday) of a zone."""
    hours: Counter[int] = Counter()
    weekdays: Counter[int] = Counter()
    for at, number in moments.items():
        local = datetime.fromtimestamp(at / 1000, zone)
        hours[local.hour] += number
        weekdays[local.weekday()] += number
    return hours, weekdays


def _flapping(span: Span) -> dict[str, Any]:
    found: list[dict[str, Any]] = [
        {"fingerprint": fingerprint, "type": type_, "spells": number}
        for fingerprint, type_, moments in alert_history.transitions_of_restless(span)
        if (number := sum(1 for _ in flapping.spells(moments)))
    ]
    worst = sorted(found, key=lambda one: (-one["spells"], one["fingerprint"]))
    return {
        "fingerprints": len(found), "spells": sum(one["spells"] for one in found), "worst": worst[:WORST],
    }  # fmt: skip


def _rounded(spread: Spread) -> dict[str, Any]:
    return {**asdict(spread), "mean": None if spread.mean is None else round(spread.mean)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
