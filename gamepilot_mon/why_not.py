"""Why not: what a rule saw at a moment in the past, and what would have held its messages back then.

The answer is in the order in which it is decided in life: the clauses of the rule, the alert, its owner, the mutes,
and for each channel what it was last told.
"""

from dataclasses import dataclass
from typing import Any

from gamepilot_mon import (
    alerts,
    destinations,
    measures,
    paging,
    past_verdicts,
    runtime_config,
    stored_rules,
)
from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, format_duration, iso
from gamepilot_mon.models import Alert, Notification, Observation
from gamepilot_mon.models.notification import DEAD, DROPPED
from gamepilot_mon.mutes import Muted
from gamepilot_mon.muting import Muting
from gamepilot_mon.paging import Hold, Send, Standing, Told
from gamepilot_mon.past_verdicts import Clause, Target
from gamepilot_mon.rules import Outcome, Rule
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings

SOON_MS = 10 * MINUTE_MS  # an alert that fired so soon after is named
SILENT_MS = 5 * MINUTE_MS  # without any observation for so long the daemon did not run


@dataclass(frozen=True, slots=True)
class Asked:
    """The rule as it was then, None before there was one."""

    rule: Rule | None
    targets: list[Target]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One target as it was then."""

    target: Target
    alert: Alert | None  # the one that was open
    following: Alert | None  # the one that fired soon after
    status: str | None  # of `alert` at that moment
    muted: Muted | None
    channels: dict[str, Send | Hold]


def explain(settings: Settings, type_: str, at: int, now: int, label: str | None = None) -> dict[str, Any]:
    """The document. Raises LookupError where nothing is kept of that moment, KeyError for an unknown rule."""
    stored = runtime_config.as_of(settings, at)
    asked = _asked(settings, stored.config, type_, at, now, label)
    rule, targets = asked.rule, asked.targets
    silent_ms = _silent_ms(at)
    return {
        "type": type_, "at": iso(at), "configVersion": stored.version,
        "rule": rule and {"warning": rule.warning, "critical": rule.critical, "minSamples": rule.min_samples},
        "daemonSilentMs": silent_ms,
        "targets": [_document(_found(stored.config, type_, target, at), at, silent_ms) for target in targets],
        "note": asked.note or (None if targets else "no target of this rule was seen in its windows"),
    }  # fmt: skip


def _asked(
    settings: Settings, config: RuntimeConfig, type_: str, at: int, now: int, label: str | None
) -> Asked:
    """Raises KeyError for an unknown rule."""
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    rule = measures.rules(config).get(type_)
    watch = next((one for one in measures.watches(config, spans) if one.rule.type == type_), None)
    if rule is not None and watch is None:
        return Asked(rule, past_verdicts.of_facts(rule, spans, at, now, label))
    if watch is not None:
        return Asked(watch.rule, past_verdicts.of_watch(watch, at, now, label))
    spec = stored_rules.as_of(type_, at)
    if spec is None:
        return Asked(None, [], "there was no such rule at that moment")
    watch = spec.watch(type_)
    note = None if spec.enabled else "the rule was switched off at that moment"
    return Asked(watch.rule, past_verdicts.of_watch(watch, at, now, label), note)


def _found(config: RuntimeConfig, type_: str, target: Target, at: int) -> Found:
    fingerprint = alerts.fingerprint(type_, target.labels)
    mine = Alert.select().where(Alert.fingerprint == fingerprint)
    alert = mine.where(Alert.started_at <= at, Alert.ended_at.is_null() | (Alert.ended_at > at)).first()
    soon = (Alert.fired_at > at) & (Alert.fired_at <= at + SOON_MS)
    following = mine.where(soon).order_by(Alert.fired_at).first()
    # Nobody wrote down how severe an open alert was then; without one, what the rule says counts.
    facts = alert or Alert(
        fingerprint=fingerprint, type=type_, labels={**target.beside, **target.labels},
        severity=target.severity or "critical",
    )  # fmt: skip
    muted = Muting.at(fingerprint, at).muted(facts, at)
    status = _status(alert, at) if alert else None
    channels = _channels(config, alert, status, muted, at) if alert and status else {}
    return Found(target, alert, following, status, muted, channels)


def _status(alert: Alert, at: int) -> str:
    if alert.fired_at is None or alert.fired_at > at:
        return "pending"
    since, until = alert.acknowledged_at, alert.acknowledged_until
    owned = since is not None and since <= at and (until is None or until > at)
    return "acknowledged" if owned else "firing"


def _channels(
    config: RuntimeConfig, alert: Alert, status: str, muted: Muted | None, at: int
) -> dict[str, Send | Hold]:
    standing = Standing(alert.id, status, alert.severity)
    found = {}
    for channel in destinations.enabled(config):
        last, last_page, refused = _told(alert.fingerprint, channel, at)
        decision = paging.owed(
            standing, last, last_page, at, config.cooldown_ms, config.repeat_interval_ms, refused
        )
        found[channel] = paging.through(decision, standing, last_page, muted)
    return found


def _told(fingerprint: str, channel: str, at: int) -> tuple[Told | None, Told | None, Told | None]:
    """What the channel had been told of it: the newest, the newest page, the newest that it refused."""
    rows = Notification.select().where(
        Notification.fingerprint == fingerprint, Notification.channel == channel, Notification.created_at <= at
    ).order_by(Notification.id.desc())  # fmt: skip
    alive = rows.where(Notification.state.not_in((DEAD, DROPPED)))
    refused = rows.where(Notification.state == DEAD, Notification.settled_at <= at)
    newest = (alive.first(), alive.where(Notification.change != "resolved").first(), refused.first())
    last, page, dead = (_as_told(row, at) for row in newest)
    return last, page, dead


def _as_told(row: Notification | None, at: int) -> Told | None:
    if row is None:
        return None
    reached = row.settled_at if row.settled_at is not None and row.settled_at <= at else 0
    return Told(row.alert_id or 0, row.change, row.severity, max(row.created_at, reached))


def _silent_ms(at: int) -> int | None:
    """How long nothing had been observed, when that is too long for a daemon that ran."""
    row = (
        Observation.select(Observation.at).where(Observation.at <= at).order_by(Observation.at.desc()).first()
    )
    return at - row.at if row is not None and at - row.at >= SILENT_MS else None


def _document(found: Found, at: int, silent_ms: int | None) -> dict[str, Any]:
    muted, target = found.muted, found.target
    return {
        "labels": target.labels, "outcome": str(target.outcome), "pending": target.pending,
        "clauses": [_clause(clause) for clause in target.clauses],
        "alert": found.alert and {
            "id": found.alert.id, "status": found.status, "startedAt": iso(found.alert.started_at),
        },
        "firedAfter": found.following and {"id": found.following.id, "firedAt": _iso(found.following.fired_at)},
        "muted": muted and {"by": muted.by, "reason": muted.reason, "until": _iso(muted.until)},
        "channels": {
            name: {"held": isinstance(d, Hold), "reason": d.reason if isinstance(d, Hold) else d.change}
            for name, d in found.channels.items()
        },
        "because": sentences(found, at, silent_ms),
    }  # fmt: skip


def _clause(clause: Clause) -> dict[str, Any]:
    window = clause.window
    return {
        "outcome": str(clause.outcome), "reason": clause.reason, "severity": clause.severity,
        "windowMs": window and window.span_ms, "samples": window and window.samples,
        "value": window and window.value, "from": _iso(clause.since), "to": _iso(clause.until),
    }  # fmt: skip


def sentences(found: Found, at: int, silent_ms: int | None) -> list[str]:
    """The answer in words, what decided first."""
    lines = [clause.reason for clause in found.target.clauses]
    if silent_ms is not None:
        lines.append(f"nothing had been observed for {_span(silent_ms)}: the daemon seems not to have run")
    lines += _about_alert(found, at)
    if found.muted:
        verb = "held back" if found.alert else "would have held back"
        lines.append(f"{found.muted.by} {verb} every message: {found.muted.reason}")
    for name, decision in found.channels.items():
        if isinstance(decision, Hold):
            lines.append(f"{name}: held back: {decision.reason}")
        else:
            lines.append(f"{name}: {decision.change} was owed")
    return lines


def _about_alert(found: Found, at: int) -> list[str]:
    if found.alert:
        owner = f" by {found.alert.acknowledged_by}" if found.status == "acknowledged" else ""
        began = _span(at - found.alert.started_at)
        return [f"alert {found.alert.id} was {found.status}{owner}; it had begun {began} before"]
    lines = ["no alert was open"]
    if found.target.outcome is Outcome.BREACHED:
        why = "it waited for a second look" if found.target.pending else "what breaks the rule arrived later"
        lines.append(f"the rule is broken as seen today: {why}, or it was not judged at that moment")
    if found.following and found.following.fired_at is not None:
        lines.append(f"alert {found.following.id} fired {_span(found.following.fired_at - at)} later")
    return lines


def _span(ms: int) -> str:
    return format_duration(ms // SECOND_MS * SECOND_MS if ms >= SECOND_MS else ms)


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
