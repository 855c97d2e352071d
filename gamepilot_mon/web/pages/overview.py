"""/: the overview, rendered whole on the server and kept live by the feed."""

from collections import Counter
from typing import Any

from flask_openapi import APIBlueprint

from gamepilot_mon import alerts, check_list, check_views, first_steps
from gamepilot_mon.channel_test import Result
from gamepilot_mon.check_list import Wanted
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Alert, Check
from gamepilot_mon.rules import RANK
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import errors, health, monitoring, mood_persona, performance, trends
from gamepilot_mon.web import channel_trial
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.policy import POLICY, may
from gamepilot_mon.web.signed_in import author, current_principal

blueprint = APIBlueprint("overview", __name__)

ALERTS_SHOWN = 20
CHECKS_SHOWN = 8


@blueprint.get("/", doc_ui=False)
def page() -> str:
    return _page()


@blueprint.post("/", doc_ui=False)
def send_test() -> str:
    """The guide's button: a test alert through every channel; the page then shows what each provider said."""
    return _page(channel_trial.send(shell.settings(), author()))


def _page(tested: dict[str, Result] | None = None) -> str:
    settings = shell.settings()
    return shell.render(
        "overview/page.html", _context, settings, utcnow(),
        base_url=shell.base_url(), tested=tested,
        may_test=may(current_principal(), POLICY["overview.send_test"]),
    )  # fmt: skip


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
        **_guide(first_steps.read(settings)),
        "generated_at": iso(now),
    }


def _guide(facts: first_steps.Facts) -> dict[str, Any]:
    return {
        "first_run": not facts.heard,
        "guide": {
            "finished": first_steps.finished(facts),
            "steps": first_steps.steps(facts),
            "next": first_steps.following(facts),
            "channels": facts.channels,
        },
    }


def _alerts() -> dict[str, Any]:
    """The worst open alerts and those that ended last as they are, of the other open ones only how severe each is."""
    fired = list(Alert.select().where(Alert.standing()))
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
        "last_at": iso(seen) if (seen := check_views.seen_at(check)) else None,
        "error": check.error,
        "ping_url": f"/ping/{check.ping_key}" if check.ping_key else None,
    }
