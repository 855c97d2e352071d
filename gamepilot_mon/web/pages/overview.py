"""/: the overview, rendered whole on the server and kept live by the feed."""

from collections import Counter
from typing import Any

from flask import current_app, request
from flask_openapi import APIBlueprint

from gamepilot_mon import alerts, check_list, check_views
from gamepilot_mon.check_list import Wanted
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Alert, Check, Event
from gamepilot_mon.rules import RANK
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import errors, health, monitoring, mood_persona, performance, trends
from gamepilot_mon.web.pages import shell

blueprint = APIBlueprint("overview", __name__)

ALERTS_SHOWN = 20
CHECKS_SHOWN = 8


@blueprint.get("/", doc_ui=False)
def page() -> str:
    settings: Settings = current_app.extensions["settings"]
    base_url = settings.public_url or request.host_url.rstrip("/")
    return shell.render("overview/page.html", _context, settings, utcnow(), base_url=base_url)


def _context(settings: Settings, now: int) -> dict[str, Any]:
    return {
        "health": health.build(settings, now),
        "performance": performance.build(settings, now),
        "errors": errors.build(settings, now),
        "mood_persona": mood_persona.build(settings, now),
        **_alerts(),
        **_checks(),
        "monitoring": monitoring.build(settings, now),
        "acknowledge_path": "/alerts/{id}/acknowledge",
        "trends": trends.build(now),
        "first_run": not Event.select().exists(),
        "generated_at": iso(now),
    }


def _alerts() -> dict[str, Any]:
    """The worst open alerts and those that ended last as they are, of the other open ones only how severe each is."""
    fired = [alert for alert in Alert.open() if alert.status != "pending"]
    open_ones = sorted(fired, key=lambda alert: (-RANK.get(alert.severity, 0), -alert.started_at, -alert.id))
    ended = [alert for alert in Alert.latest(ALERTS_SHOWN) if alert.ended_at]
    shown = [*open_ones, *ended][:ALERTS_SHOWN]
    return {
        "alerts": [alerts.payload(alert) for alert in shown],
        "other_alerts": {alert.id: alert.severity for alert in open_ones[ALERTS_SHOWN:]},
        "open_alerts": len(open_ones),
        "critical_alerts": sum(alert.severity == "critical" for alert in open_ones),
    }


def _checks() -> dict[str, Any]:
    """Those that need a look first; of the others how many are in which state."""
    heads = check_list.find(check_views.heads(), Wanted(group="none"), CHECKS_SHOWN)
    shown = [_check(check) for check in check_views.in_order(heads.heads)]
    rest = Counter(heads.states)
    rest.subtract(head.state for head in heads.heads)
    return {"checks": shown, "more_checks": {state: count for state, count in rest.items() if count}}


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": check.name,
        "kind": check.kind,
        "state": check_views.state_of(check),
        "latency_ms": check.latency_ms,
        "last_at": iso(check.observed_at) if check.observed_at else None,
        "error": check.error,
        "ping_url": f"/ping/{check.ping_key}" if check.ping_key else None,
    }
