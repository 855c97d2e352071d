"""Incident report: an incident with its alerts and its timeline, as the API and the console show it."""

from collections.abc import Iterator, Sequence
from typing import Any

import peewee

from gamepilot_mon import alerts, annotations, explanation
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import HOUR_MS, iso, parse_iso
from gamepilot_mon.models import Alert, Incident, IncidentNote, Note, Notification
from gamepilot_mon.rules import RANK

ALERTS_SHOWN = 100
TIMELINE_SHOWN = 500
CHANGES_BEFORE_MS = HOUR_MS  # what was changed shortly before may be the cause

Entry = tuple[int, dict[str, Any]]


def page(*, before: int | None, limit: int, only_open: bool, gap_ms: int, now: int) -> list[dict[str, Any]]:
    """Newest first; with `only_open` those that an alert may still join."""
    rows = Incident.select().order_by(Incident.id.desc()).limit(limit)
    if before:
        rows = rows.where(Incident.id < before)
    if only_open:
        rows = rows.where(Incident.ended_at.is_null() | (Incident.changed_at > now - gap_ms))
    return documents(list(rows), gap_ms, now)


def documents(rows: Sequence[Incident], gap_ms: int, now: int) -> list[dict[str, Any]]:
    """Each as the API shows it in a list."""
    standing = _standing([row.id for row in rows])
    return [_document(row, standing.get(row.id, (0, 0)), gap_ms, now) for row in rows]


def detail(incident_id: int, gap_ms: int, now: int) -> dict[str, Any] | None:
    """One incident with its worst alerts and its timeline; None when it is unknown."""
    row = Incident.get_or_none(Incident.id == incident_id)
    if row is None:
        return None
    members = members_of(incident_id)
    return {
        **documents([row], gap_ms, now)[0],
        "alerts": [alerts.payload(alert) for alert in members[:ALERTS_SHOWN]],
        **timeline(row, members, now),
    }


def members_of(incident_id: int) -> list[Alert]:
    """Its alerts: those that are open first, and of these the worst."""
    found = Alert.select().where(Alert.incident_id == incident_id)
    return sorted(
        found, key=lambda alert: (alert.ended_at is not None, -RANK.get(alert.severity, 0), alert.id)
    )


def timeline(row: Incident, members: Sequence[Alert], now: int) -> dict[str, Any]:
    """Its newest entries, oldest first, and how many were left out."""
    entries = sorted(_entries(row, members, now), key=lambda entry: entry[0])
    shown = [{"at": iso(at), **entry} for at, entry in entries[-TIMELINE_SHOWN:]]
    return {"timeline": _as_it_began(shown), "timelineLeftOut": max(0, len(entries) - TIMELINE_SHOWN)}


def _as_it_began(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An alert that is over says how it ended; what fired is told by what it said then, as far as that is kept."""
    fired = [entry["alertId"] for entry in shown if entry["kind"] == "fired"]
    said = explanation.messages(fired)
    return [
        {**entry, "text": said.get(entry["alertId"], entry["text"])} if entry["kind"] == "fired" else entry
        for entry in shown
    ]


def _document(row: Incident, standing: tuple[int, int], gap_ms: int, now: int) -> dict[str, Any]:
    still_open, unowned = standing
    return {
        "id": row.id,
        "title": row.title,
        "severity": row.severity,
        "status": _status(row, unowned, gap_ms, now),
        "startedAt": iso(row.started_at),
        "changedAt": iso(row.changed_at),
        "endedAt": _iso(row.ended_at),
        "alertCount": row.alerts,
        "openAlerts": still_open,
        "acknowledged": _acknowledged(row),
    }


def _status(row: Incident, unowned: int, gap_ms: int, now: int) -> str:
    """firing | acknowledged (each open alert is) | ended (an alert that fires joins it) | closed."""
    if row.ended_at is None:
        return "firing" if unowned else "acknowledged"
    return "ended" if row.changed_at > now - gap_ms else "closed"


def _standing(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By incident: how many alerts are open, and how many of those nobody owns."""
    unowned = peewee.fn.SUM(peewee.Case(None, [(Alert.status == "acknowledged", 0)], 1))
    rows: Any = (
        Alert.select(Alert.incident_id, peewee.fn.COUNT(Alert.id), unowned)
        .where(Alert.incident_id.in_(ids) & Alert.ended_at.is_null())
        .group_by(Alert.incident_id)
        .tuples()
    )
    return {incident: (count, nobodys) for incident, count, nobodys in rows}


def _acknowledged(row: Incident) -> dict[str, Any] | None:
    if row.acknowledged_at is None:
        return None
    return {
        "by": row.acknowledged_by, "at": iso(row.acknowledged_at), "reason": row.acknowledged_reason,
        "until": _iso(row.acknowledged_until),
    }  # fmt: skip


def _entries(row: Incident, members: Sequence[Alert], now: int) -> Iterator[Entry]:
    if row.acknowledged_at is not None:
        yield row.acknowledged_at, _entry("acknowledged", row.acknowledged_reason, author=row.acknowledged_by)
    for alert in members:
        yield from _of_alert(alert, row)
    for written in (
        Note.select().join(Alert, on=(Alert.id == Note.alert_id)).where(Alert.incident_id == row.id)
    ):
        yield written.at, _entry("note", written.text, alert_id=written.alert_id, author=written.author)
    for remark in IncidentNote.select().where(IncidentNote.incident_id == row.id):
        yield remark.at, _entry("note", remark.text, author=remark.author)
    yield from _worse(row)
    yield from _changes(row, now)


def _of_alert(alert: Alert, row: Incident) -> Iterator[Entry]:
    if alert.fired_at is not None:
        yield alert.fired_at, _entry("fired", alert.message, alert_id=alert.id)
    # Those that were acknowledged with the incident are that one entry.
    if alert.acknowledged_at is not None and alert.acknowledged_at != row.acknowledged_at:
        owner = alert.acknowledged_by
        yield (
            alert.acknowledged_at,
            _entry("acknowledged", alert.acknowledged_reason, alert_id=alert.id, author=owner),
        )
    if alert.ended_at is not None:
        yield alert.ended_at, _entry("ended", alert.message, alert_id=alert.id)


def _worse(row: Incident) -> Iterator[Entry]:
    """Each rise of an alert's severity that was told, once however many channels told it."""
    members = Alert.select(Alert.id).where(Alert.incident_id == row.id)
    changed = Notification.change.in_(("escalated", "deescalated")) & Notification.alert_id.in_(members)
    told: dict[int | None, int] = {}  # by alert, the rank that was told last
    for one in Notification.select().where(changed).order_by(Notification.created_at, Notification.id):
        rank, before = RANK.get(one.severity, 0), told.get(one.alert_id, -1)
        told[one.alert_id] = rank
        if one.change == "escalated" and rank > before:
            text = one.body.get("text")
            yield one.created_at, {**_entry("worse", text, alert_id=one.alert_id), "severity": one.severity}


def _changes(row: Incident, now: int) -> Iterator[Entry]:
    """What went live and what was configured, from an hour before it began until it ended."""
    span = Span(row.started_at - CHANGES_BEFORE_MS, (row.ended_at or now) + 1)
    for deploy in annotations.deploys(span):
        yield parse_iso(deploy["at"]), _entry("deploy", deploy["text"])
    for change in explanation.config_changes(span, annotations.MOST):
        entry = _entry("config", annotations.changed(change["diff"]), author=change["author"])
        yield parse_iso(change["at"]), {**entry, "version": change["version"]}


def _entry(
    kind: str, text: str | None, *, alert_id: int | None = None, author: str | None = None
) -> dict[str, Any]:
    return {"kind": kind, "text": text, "alertId": alert_id, "author": author}


def _iso(at: int | None) -> str | None:
    return iso(at) if at is not None else None
