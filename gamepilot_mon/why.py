"""Why: for one alert, what each channel was told by which route, what is held back now and by what, and when a later
step tells it; and the rule's last word."""

from typing import Any

from gamepilot_mon import (
    alerts,
    destinations,
    evaluation,
    explanation,
    explanation_text,
    paging,
    runtime_config,
)
from gamepilot_mon.clock import iso
from gamepilot_mon.escalation import Hears, Waits
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.owing import Ledger
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings


def explain(settings: Settings, alert: Alert, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    ledger = Ledger.of([alert], config, now)
    muted = ledger.muting.muted(alert, now)
    decisions, audience = ledger.decisions(alert, now), ledger.audience(alert, now)
    told = _told(alert)
    standbys = destinations.standbys(config)
    names = [*destinations.enabled(config), *(name for name in told if name not in decisions)]
    return {
        "alert": alerts.payload(alert),
        "verdict": _verdict(settings, config, alert, now),
        "explanation": explanation.of_alert(alert.id),
        "muted": muted and {"by": muted.by, "reason": muted.reason, "until": _iso(muted.until)},
        "channels": {
            name: {
                "told": told.get(name, []),
                "now": {
                    **_standing(decisions.get(name), name in standbys),
                    **_routed(audience.get(name)),
                },
            }
            for name in names
        },
        "note": None if names else "no channel is enabled, so nobody can be told",
    }


def _told(alert: Alert) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    for row in Notification.select().where(Notification.alert_id == alert.id).order_by(Notification.id):
        told.setdefault(row.channel, []).append(_message(row))
    return told


def _message(row: Notification) -> dict[str, Any]:
    return {
        "notificationId": row.uid,
        "change": row.change,
        "severity": row.severity,
        "state": row.state,
        "route": row.body.get("route"),
        "owedAt": iso(row.created_at),
        "settledAt": _iso(row.settled_at),
        "attempts": row.attempts,
        "detail": row.detail,
    }


def _standing(decision: paging.Send | paging.Hold | None, standby: bool) -> dict[str, Any]:
    if decision is None and standby:
        return {"held": True, "reason": "it only stands in for another channel", "until": None}
    if decision is None:
        return {"held": True, "reason": "the channel is switched off", "until": None}
    if isinstance(decision, paging.Send):
        return {"held": False, "reason": f"{decision.change} goes out at the next evaluation", "until": None}
    return {"held": True, "reason": decision.reason, "until": _iso(decision.until)}


def _routed(hearing: Hears | Waits | None) -> dict[str, Any]:
    """By which route and step, and when a later step names the channel again."""
    again = hearing.next_at if isinstance(hearing, Hears) else None
    return {"route": hearing.by if hearing else None, "nextStepAt": _iso(again)}


def _verdict(settings: Settings, config: RuntimeConfig, alert: Alert, now: int) -> dict[str, Any] | None:
    """What the rule says of the target now; None for custom alerts, and for a target that is gone."""
    if alert.origin != "rule":
        return None
    subject = evaluation.judge(settings, config, now).get(alert.fingerprint)
    if subject is None:
        return None
    verdict = subject.verdict
    return {
        "outcome": str(verdict.outcome), "message": verdict.message, "severity": verdict.severity,
        "value": verdict.value, "threshold": verdict.threshold, "windowMs": verdict.window_ms,
        "samples": verdict.samples, "pending": subject.pending,
    }  # fmt: skip


def sentences(found: dict[str, Any]) -> list[str]:
    """The same for a console, a line a fact."""
    alert, verdict = found["alert"], found["verdict"]
    lines = [
        f"alert {alert['id']}: {alert['type']} {alert['severity']}, {alert['status']}: {alert['message']}"
    ]
    if verdict:
        lines.append(f"the rule says now: {verdict['outcome']}: {verdict['message']}")
    if found["muted"]:
        lines.append(f"muted by {found['muted']['by']}: {found['muted']['reason']}")
    for name, channel in found["channels"].items():
        lines += [
            f"{name}: {m['change']} {m['severity']} at {m['owedAt']}, {m['state']}{_by(m)}"
            for m in channel["told"]
        ]
        standing = channel["now"]
        until = f" until {standing['until']}" if standing["until"] else ""
        verb = "held back" if standing["held"] else "owed"
        lines.append(f"{name}: now {verb}: {standing['reason']}{until}{_by(standing)}")
    if found["explanation"]:
        lines += explanation_text.sentences(found["explanation"])
    return [*lines, *([found["note"]] if found["note"] else [])]


def _by(said: dict[str, Any]) -> str:
    return f" ({said['route']})" if said["route"] else ""


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
