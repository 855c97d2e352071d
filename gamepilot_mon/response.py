"""Response: what people do to an incident as a whole, inside the caller's write()."""

from gamepilot_mon import alerts, audit
from gamepilot_mon.models import Alert, Incident, IncidentNote

PIECE = 500


def acknowledge(incident_id: int, who: str, reason: str | None, until: int | None, now: int) -> int | None:
    """Acknowledge its open alerts, at most PIECE of them; how many, None for an unknown incident.

    Called again, each time in a write() of its own, until nothing is left: thousands would hold the store for seconds.
    Alerts that join later are not included.
    """
    if Incident.get_or_none(Incident.id == incident_id) is None:
        return None
    firing = (Alert.incident_id == incident_id) & Alert.ended_at.is_null() & (Alert.fired_at <= now)
    left = Alert.acknowledged_at.is_null() | (Alert.acknowledged_at < now)
    rows = list(Alert.select().where(firing & left).order_by(Alert.id).limit(PIECE))
    for alert in rows:
        alerts.acknowledge(alert, who, reason, until, now)
    if rows:
        Incident.update(
            acknowledged_at=now, acknowledged_by=who, acknowledged_reason=reason, acknowledged_until=until
        ).where(Incident.id == incident_id).execute()
    return len(rows)


def note(incident_id: int, author: str, text: str, now: int) -> IncidentNote | None:
    """Keep a note with it; None for an unknown incident."""
    if Incident.get_or_none(Incident.id == incident_id) is None:
        return None
    kept: IncidentNote = IncidentNote.create(incident_id=incident_id, at=now, author=author, text=text)
    audit.record("incident.noted", f"incident {incident_id}", now)
    return kept
