"""Alerts: how a verdict changes the alert of one fingerprint. `transition` decides, `apply` is the one write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gamepilot_mon import db, feed, incidents
from gamepilot_mon.clock import iso
from gamepilot_mon.identity import fingerprint as fingerprint
from gamepilot_mon.models import Alert
from gamepilot_mon.rules import Outcome, Verdict

# A firing alert shows a new value at most this often: the feed carries changes, not noise.
VALUE_EVERY_MS = 15_000


@dataclass(frozen=True, slots=True)
class Current:
    """The open alert of a fingerprint, as transition() needs it."""

    status: str
    severity: str
    value: float | None
    evidence_at: int | None
    changed_at: int


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an alert: its new status and severity, and why."""

    status: str
    severity: str
    reason: str
    event: str | None  # the feed event that shows it; None shows in the API only


def transition(
    current: Current | None, verdict: Verdict, now: int, *, pending: bool = False
) -> Change | None:
    """The change that `verdict` asks for, or None. `pending`: breached, but not yet long enough to fire."""
    if verdict.outcome is Outcome.NO_DATA:
        return None
    if verdict.outcome is Outcome.HEALTHY:
        return _recover(current)
    severity = verdict.severity or "critical"
    if current is None:
        return Change("pending", severity, "breached", None) if pending else _fire(severity)
    if current.status == "pending":
        return None if pending else _fire(severity)
    if severity != current.severity:
        direction = "rose" if severity == "critical" else "fell"
        return Change(current.status, severity, f"severity {direction}", "alert:update")
    if (verdict.evidence_at or 0) > (current.evidence_at or 0):
        return Change(current.status, severity, "new evidence", "alert:update")
    if verdict.value != current.value and now - current.changed_at >= VALUE_EVERY_MS:
        return Change(current.status, severity, "new value", "alert:update")
    return None


def _fire(severity: str) -> Change:
    return Change("firing", severity, "breached", "alert:new")


def _recover(current: Current | None) -> Change | None:
    if current is None:
        return None
    event = None if current.status == "pending" else "alert:update"
    return Change("resolved", current.severity, "recovered", event)


def current_of(row: Alert | None) -> Current | None:
    return (
        None if row is None else Current(row.status, row.severity, row.value, row.evidence_at, row.changed_at)
    )


def apply(
    row: Alert | None, change: Change, verdict: Verdict, type_: str, labels: Mapping[str, str], now: int,
    gap_ms: int = incidents.GAP_MS,
) -> Alert:  # fmt: skip
    """Write `change` inside the caller's write(): the alert row, its incident and its feed item."""
    alert = row or _new(type_, labels, verdict, now)
    before = alert.severity
    _set(alert, change, verdict, now)
    _save(alert, before, gap_ms, now)
    show(alert, change.event, now)
    return alert


def _save(alert: Alert, severity_before: str | None, gap_ms: int, now: int) -> None:
    if alert.fired_at is not None and alert.incident_id is None and alert.ended_at is None:
        incidents.join(alert, gap_ms, now)
    elif alert.severity != severity_before:
        incidents.severity_changed(alert, now)
    alert.save()
    if alert.ended_at is not None:
        incidents.left(alert, now)


def _new(type_: str, labels: Mapping[str, str], verdict: Verdict, now: int) -> Alert:
    return Alert(
        fingerprint=fingerprint(type_, labels), origin="rule", type=type_, labels=dict(labels), started_at=now,
        metadata={"windowMs": verdict.window_ms, "samples": verdict.samples} if verdict.window_ms else {},
    )  # fmt: skip


def _set(alert: Alert, change: Change, verdict: Verdict, now: int) -> None:
    alert.status, alert.severity, alert.changed_at = change.status, change.severity, now
    alert.message, alert.value = verdict.message, verdict.value
    if change.status == "resolved":
        alert.ended_at = now
        return
    alert.threshold, alert.evidence_at = verdict.threshold, verdict.evidence_at
    if change.status == "firing" and alert.fired_at is None:
        alert.fired_at = now


def raise_custom(
    *, type_: str, severity: str, message: str, value: float | None, threshold: float | None,
    metadata: Mapping[str, Any], labels: Mapping[str, str], identity: str, now: int, evidence_at: int | None = None,
    gap_ms: int = incidents.GAP_MS,
) -> Alert:  # fmt: skip
    """Fire an alert that a person or program asks for, inside the caller's write().

    `identity` is its fingerprint: while one of it is open, the call renews that one, which asks for another message
    after the cooldown unless `evidence_at` says that nothing is new.
    """
    row = Alert.open_for(identity)
    alert = row or Alert(fingerprint=identity, origin="custom", started_at=now, fired_at=now, status="firing")
    before = alert.severity
    alert.type, alert.severity, alert.message = type_, severity, message
    alert.value, alert.threshold = value, threshold
    alert.labels, alert.metadata = dict(labels), dict(metadata)
    alert.changed_at, alert.evidence_at = now, now if evidence_at is None else evidence_at
    _save(alert, before, gap_ms, now)
    show(alert, "alert:update" if row else "alert:new", now)
    return alert


def acknowledge(alert: Alert, who: str, reason: str | None, until: int | None, now: int) -> None:
    """A person owns it: no reminders until it ends, gets worse, or `until` passes. Inside the caller's write()."""
    alert.status, alert.changed_at = "acknowledged", now
    alert.acknowledged_by, alert.acknowledged_at = who, now
    alert.acknowledged_reason, alert.acknowledged_until = reason, until
    alert.save()
    show(alert, "alert:update", now)


def unacknowledge(alert: Alert, now: int) -> None:
    """Nobody owns it any more, inside the caller's write()."""
    alert.status, alert.changed_at = "firing", now
    alert.acknowledged_by = alert.acknowledged_at = alert.acknowledged_reason = None
    # From here on the time counts that nobody owned it.
    alert.acknowledged_until = now
    alert.save()
    show(alert, "alert:update", now)


def close(alert: Alert, now: int) -> None:
    """Resolve by hand or by age, inside the caller's write()."""
    alert.status, alert.ended_at, alert.changed_at = "resolved", now, now
    _save(alert, alert.severity, 0, now)
    show(alert, "alert:update", now)


def show(alert: Alert, event: str | None, now: int) -> None:
    db.touch("alerts")
    if event:
        feed.append(event, payload(alert), now)


def payload(alert: Alert) -> dict[str, Any]:
    """The alert as the API and the feed show it."""
    return {
        "id": alert.id,
        "type": alert.type,
        "severity": alert.severity,
        "status": alert.status,
        "message": alert.message,
        "value": alert.value,
        "threshold": alert.threshold,
        "timestamp": iso(alert.changed_at),
        "startedAt": iso(alert.started_at),
        "endedAt": iso(alert.ended_at) if alert.ended_at else None,
        "fingerprint": alert.fingerprint,
        "labels": alert.labels,
        "metadata": alert.metadata,
        "incidentId": alert.incident_id,
        "acknowledged": _acknowledged(alert),
    }


def _acknowledged(alert: Alert) -> dict[str, Any] | None:
    if alert.acknowledged_at is None:
        return None
    until = alert.acknowledged_until
    return {
        "by": alert.acknowledged_by,
        "at": iso(alert.acknowledged_at),
        "reason": alert.acknowledged_reason,
        "until": iso(until) if until else None,
    }
