"""Alerts: how a verdict changes the alert of one fingerprint. `transition` decides, `apply` is the one write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gamepilot_mon import audit, db, feed, incidents
from gamepilot_mon.clock import format_duration, iso
from gamepilot_mon.identity import fingerprint as fingerprint
from gamepilot_mon.models import Alert
from gamepilot_mon.rules import RANK, Outcome, Rule, Verdict

# A firing alert shows a new value at most this often: the feed carries changes, not noise.
VALUE_EVERY_MS = 15_000


@dataclass(frozen=True, slots=True)
class Current:
    """The open alert of a fingerprint, as transition() needs it.

    waiting_since: since when a pending one is breached, or an open one is clear again; None: it waits for nothing.
    """

    status: str
    severity: str
    value: float | None
    evidence_at: int | None
    changed_at: int
    waiting_since: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an alert: its new status and severity, why, and since when it waits for what comes next."""

    status: str
    severity: str
    reason: str
    event: str | None  # the feed event that shows it; None shows in the API only
    waiting_since: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a breach must last before it fires, and health before it ends the alert."""

    for_ms: int = 0
    clear_for_ms: int = 0

    @classmethod
    def of(cls, rule: Rule) -> "Patience":
        return cls(rule.for_ms, rule.clear_for_ms)


AT_ONCE = Patience()


def transition(
    current: Current | None,
    verdict: Verdict,
    now: int,
    *,
    pending: bool = False,
    patience: Patience = AT_ONCE,
) -> Change | None:
    """The change that `verdict` asks for, or None. `pending`: breached, but not yet confirmed by a second look.

    An alert that fires already goes up and down the ladder at once: `patience` is for its start and its end alone.
    """
    if verdict.outcome is Outcome.NO_DATA:
        return None
    if verdict.outcome is Outcome.HEALTHY:
        return _recover(current, now, patience.clear_for_ms)
    if verdict.outcome is Outcome.LINGERING:
        return _linger(current)
    severity = verdict.severity or "critical"
    if current is None or current.status == "pending":
        return _start(current, severity, now, pending, patience.for_ms)
    return _stay(current, verdict, severity, now)


def due(current: Current, patience: Patience) -> int | None:
    """When an alert that waits has waited long enough, epoch ms; None: it waits for no moment."""
    if current.waiting_since is None:
        return None
    wait = patience.for_ms if current.status == "pending" else patience.clear_for_ms
    return current.waiting_since + wait if wait else None


def _start(current: Current | None, severity: str, now: int, pending: bool, for_ms: int) -> Change | None:
    since = _since(current, now)
    if not pending and now - since >= for_ms:
        lasted = f" for {format_duration(now - since)}" if for_ms else ""
        return Change("firing", severity, f"breached{lasted}", "alert:new")
    if current is None or current.waiting_since != since:
        return Change("pending", severity, "breached", None, since)
    return None


def _stay(current: Current, verdict: Verdict, severity: str, now: int) -> Change | None:
    if severity != current.severity:
        direction = "rose" if RANK[severity] > RANK[current.severity] else "fell"
        return Change(current.status, severity, f"severity {direction}", "alert:update")
    if (verdict.evidence_at or 0) > (current.evidence_at or 0):
        return Change(current.status, severity, "new evidence", "alert:update")
    if current.waiting_since is not None:
        return Change(current.status, severity, "breached again", None)
    if verdict.value != current.value and not 0 <= now - current.changed_at < VALUE_EVERY_MS:
        return Change(current.status, severity, "new value", "alert:update")
    return None


def _linger(current: Current | None) -> Change | None:
    """Between the rungs and the clear threshold: nothing starts here, and what is open neither ends nor begins to."""
    if current is None:
        return None
    if current.status == "pending":
        return Change("resolved", current.severity, "breached no more", None)
    if current.waiting_since is not None:
        return Change(current.status, current.severity, "not clear any more", None)
    return None


def _recover(current: Current | None, now: int, clear_for_ms: int) -> Change | None:
    if current is None:
        return None
    if current.status == "pending":
        return Change("resolved", current.severity, "recovered", None)
    since = _since(current, now)
    if now - since >= clear_for_ms:
        lasted = f" for {format_duration(now - since)}" if clear_for_ms else ""
        return Change("resolved", current.severity, f"recovered{lasted}", "alert:update")
    if current.waiting_since != since:
        return Change(current.status, current.severity, "recovering", None, since)
    return None


def _since(current: Current | None, now: int) -> int:
    """Since when it waits; from now on when it did not, or when the clock was set back behind that moment."""
    since = current.waiting_since if current else None
    return now if since is None or since > now else since


def current_of(row: Alert | None) -> Current | None:
    if row is None:
        return None
    return Current(
        row.status, row.severity, row.value, row.evidence_at, row.changed_at, row.waiting_since
    )  # fmt: skip


def apply(
    row: Alert | None, change: Change, verdict: Verdict, type_: str, target: Mapping[str, str], now: int,
    labels: Mapping[str, str] | None = None, gap_ms: int = incidents.GAP_MS,
) -> Alert:  # fmt: skip
    """Write `change` inside the caller's write(): the alert row, its incident and its feed item.

    Its identity is its type and `target`; `labels` are shown beside those of the target.
    """
    alert = row or Alert(
        fingerprint=fingerprint(type_, target), origin="rule", type=type_, started_at=now
    )  # fmt: skip
    before = alert.severity
    alert.labels = {**(labels or {}), **target}
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


def _set(alert: Alert, change: Change, verdict: Verdict, now: int) -> None:
    alert.status, alert.severity, alert.changed_at = change.status, change.severity, now
    alert.waiting_since = change.waiting_since
    alert.metadata = _why(change, verdict)
    if change.status == "resolved":
        alert.message, alert.value, alert.ended_at = verdict.ending or verdict.message, verdict.value, now
        return
    if verdict.outcome is not Outcome.BREACHED:
        return  # it still is what it was; only its end has come nearer, or gone farther
    alert.message, alert.value = verdict.message, verdict.value
    alert.threshold, alert.evidence_at = verdict.threshold, verdict.evidence_at
    if change.status == "firing" and alert.fired_at is None:
        alert.fired_at = now


def _why(change: Change, verdict: Verdict) -> dict[str, Any]:
    """What the change was decided by, kept with the alert."""
    looked = {"windowMs": verdict.window_ms, "threshold": verdict.threshold, "samples": verdict.samples}
    return {"reason": change.reason, **(looked if verdict.window_ms else {})}


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
    audit.record("alert.acknowledged", f"alert {alert.id}", now, type=alert.type, reason=reason)
    show(alert, "alert:update", now)


def unacknowledge(alert: Alert, now: int) -> None:
    """Nobody owns it any more, inside the caller's write()."""
    alert.status, alert.changed_at = "firing", now
    alert.acknowledged_by = alert.acknowledged_at = alert.acknowledged_reason = None
    # From here on the time counts that nobody owned it.
    alert.acknowledged_until = now
    alert.save()
    audit.record("alert.given_back", f"alert {alert.id}", now, type=alert.type)
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
