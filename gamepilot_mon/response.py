"""Response: what people do to an incident as a whole, inside the caller's write()."""

from gamepilot_mon import alerts
from gamepilot_mon.models import Alert, Incident, IncidentNote


def acknowledge(
    incident_id: int, who: str, reason: str | None, until: int | None, now: int
) -> list[Alert] | None:
    """Acknowledge all its open alerts; returns them, None for an unknown incident. Later ones are not included."""
    if Incident.get_or_none(Incident.id == incident_id) is None:
        return None
    firing = (Alert.incident_id == incident_id) & Alert.status.in_(("firing", "acknowledged"))
    rows = list(Alert.select().where(firing).order_by(Alert.id))
    for alert in rows:
        alerts.acknowledge(alert, who, reason, until, now)
    if rows:
        Incident.update(
            acknowledged_at=now, acknowledged_by=who, acknowledged_reason=reason, acknowledged_until=until
        ).where(Incident.id == incident_id).execute()
    return rows


def note(incident_id: int, author: str, text: str, now: int) -> IncidentNote | None:
    """Keep a note with it; None for an unknown incident."""
    if Incident.get_or_none(Incident.id == incident_id) is None:
        return None
    kept: IncidentNote = IncidentNote.create(incident_id=incident_id, at=now, author=author, text=text)
    return kept
