"""Incidents as their pages show them: the list, and all that one of them gathers."""

from collections.abc import Sequence
from typing import Any, Literal

import peewee

from gamepilot_mon import inbox, incident_report
from gamepilot_mon.clock import iso
from gamepilot_mon.incident_report import ALERTS_SHOWN
from gamepilot_mon.models import Alert, Incident, Notification
from gamepilot_mon.models.notification import BUNDLED, DEAD, DROPPED, PENDING, SENDING, SENT

State = Literal["all", "open", "ended"]
PAGE = 30

OUTCOMES = {SENT: "arrived", BUNDLED: "bundled", DEAD: "given_up", DROPPED: "dropped"} | {
    PENDING: "waiting", SENDING: "waiting",
}  # fmt: skip


def page(state: State, number: int, gap_ms: int, now: int) -> dict[str, Any]:
    """The page `number` (from 1 on) of those in `state`: open ones first, then the newest; and whether more follow."""
    rows = Incident.select().order_by(Incident.ended_at.is_null(False), Incident.id.desc())
    if state != "all":
        rows = rows.where(Incident.ended_at.is_null(state == "open"))
    found = list(rows.offset((number - 1) * PAGE).limit(PAGE + 1))
    return {
        "incidents": _listed(found[:PAGE], gap_ms, now),
        "more": len(found) > PAGE,
        "open": Incident.select().where(Incident.ended_at.is_null()).count(),
    }


def of(incident_id: int, gap_ms: int, now: int) -> dict[str, Any] | None:
    """One with its alerts as rows of the inbox, its timeline, and who was told; None when it is unknown."""
    row: Incident | None = Incident.get_or_none(Incident.id == incident_id)
    if row is None:
        return None
    members = incident_report.members_of(incident_id)
    return {
        "incident": _listed([row], gap_ms, now)[0],
        "alerts": _rows(row, members[:ALERTS_SHOWN], now),
        "more_alerts": max(0, len(members) - ALERTS_SHOWN),
        **incident_report.timeline(row, members, now),
        "unowned": sum(alert.ended_at is None and alert.status != "acknowledged" for alert in members),
        "told": _told(row),
    }


def _rows(row: Incident, members: Sequence[Alert], now: int) -> list[dict[str, Any]]:
    """As in the inbox; who acknowledged the whole of it is said once, with the incident."""
    own = iso(row.acknowledged_at) if row.acknowledged_at is not None else None
    return [
        {**entry, "acknowledged": None} if (entry["acknowledged"] or {}).get("at") == own else entry
        for entry in inbox.entries(members, now)
    ]


def _listed(rows: Sequence[Incident], gap_ms: int, now: int) -> list[dict[str, Any]]:
    found = incident_report.documents(rows, gap_ms, now)
    return [
        {
            **document,
            "lasted_ms": (row.ended_at or now) - row.started_at,
            "joinable_until": iso(row.changed_at + gap_ms) if document["status"] == "ended" else None,
        }
        for row, document in zip(rows, found, strict=True)
    ]


def _told(row: Incident) -> list[dict[str, Any]]:
    """By channel: how many of its messages ended how, when the first was sent off and what that was after the start."""
    members = Alert.select(Alert.id).where(Alert.incident_id == row.id)
    counts: Any = (
        Notification.select(
            Notification.channel, Notification.state, peewee.fn.COUNT(Notification.id),
            peewee.fn.MIN(Notification.settled_at), peewee.fn.MAX(Notification.settled_at),
        )
        .where(Notification.alert_id.in_(members))
        .group_by(Notification.channel, Notification.state)
        .tuples()
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for channel, state, count, first, last in counts:
        entry = found.setdefault(channel, {"channel": channel, "first": None, "last": None, "after_ms": None})
        entry[OUTCOMES[state]] = entry.get(OUTCOMES[state], 0) + count
        if state == SENT and first is not None:
            entry |= {"first": iso(first), "last": iso(last), "after_ms": max(0, first - row.started_at)}
    return [found[channel] for channel in sorted(found)]
