"""Incidents: which one an alert belongs to, kept in the transaction that changes the alert.

An alert joins the incident of the check that it depends on, else the newest that changed within the gap, else it
opens one. An incident ends with the last of its alerts, and is closed once the gap has passed since then: that needs
no further write, so an alert that fires before joins it again.
"""

from collections.abc import Iterator

import peewee

from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.identity import fingerprint
from gamepilot_mon.models import Alert, Check, Incident
from gamepilot_mon.rules import RANK

GAP_MS = 10 * MINUTE_MS
TITLE_MAX = 200


def join(alert: Alert, gap_ms: int, now: int) -> None:
    """Give the firing `alert` its incident; the caller saves the alert."""
    incident = _of_parent(alert) or _recent(gap_ms, now)
    if incident is None:
        alert.incident_id = Incident.insert(
            title=_title(alert), severity=alert.severity, alerts=1, started_at=now, changed_at=now
        ).execute()
        return
    alert.incident_id = incident.id
    changes = {"alerts": Incident.alerts + 1, "changed_at": now, "ended_at": None}
    Incident.update(**changes, **_worse(incident, alert)).where(Incident.id == incident.id).execute()


def severity_changed(alert: Alert, now: int) -> None:
    """The severity of one of its alerts rose or fell."""
    incident = Incident.get_or_none(Incident.id == alert.incident_id) if alert.incident_id else None
    if incident is not None:
        changes = {"changed_at": now, **_worse(incident, alert)}
        Incident.update(**changes).where(Incident.id == incident.id).execute()


def left(alert: Alert, now: int) -> None:
    """`alert`, which is saved, is over: with the last one its incident ends."""
    if alert.incident_id is None:
        return
    still_open = Alert.select(Alert.id).where(
        (Alert.incident_id == alert.incident_id) & Alert.ended_at.is_null()
    )
    ended_at = peewee.Case(None, [(peewee.fn.EXISTS(still_open), None)], now)
    Incident.update(changed_at=now, ended_at=ended_at).where(Incident.id == alert.incident_id).execute()


def others(alert: Alert) -> int:
    """How many more alerts of its incident are open now."""
    of_it = (Alert.incident_id == alert.incident_id) & Alert.ended_at.is_null() & (Alert.id != alert.id)
    return int(Alert.select().where(of_it).count())


def _worse(incident: Incident, alert: Alert) -> dict[str, str]:
    """The title is that of the worst alert, of several that of the first."""
    if RANK.get(alert.severity, 0) <= RANK.get(incident.severity, 0):
        return {}
    return {"severity": alert.severity, "title": _title(alert)}


def _title(alert: Alert) -> str:
    line = " ".join(alert.message.split()) or alert.type
    return line if len(line) <= TITLE_MAX else f"{line[: TITLE_MAX - 1]}…"


def _recent(gap_ms: int, now: int) -> Incident | None:
    newest: Incident | None = (
        Incident.select()
        .where(Incident.changed_at > now - gap_ms)
        .order_by(Incident.changed_at.desc(), Incident.id.desc())
        .first()
    )
    return newest


def _of_parent(alert: Alert) -> Incident | None:
    """The incident of the nearest check above that is down."""
    if alert.type != "system_down" or not alert.labels.get("check"):
        return None
    for name in _ancestors(alert.labels["check"]):
        down = Alert.open_for(fingerprint("system_down", {"check": name}))
        if down is not None and down.incident_id is not None:
            return Incident.get_or_none(Incident.id == down.incident_id)
    return None


def _ancestors(name: str) -> Iterator[str]:
    # One row at a time: reading all checks for each of thousands that fail at once would be slow.
    check = Check.get_or_none(Check.name == name)
    seen = {name}
    while check is not None and check.depends_on is not None:
        check = Check.get_or_none(Check.id == check.depends_on)
        if check is None or check.name in seen:
            return
        seen.add(check.name)
        yield check.name
