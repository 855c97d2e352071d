"""/api/v1/incidents: related alerts handled as one, newest first."""

from typing import Any

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import incident_report, response
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following
from gamepilot_mon.web.responding import Acknowledgement, NewNote
from gamepilot_mon.web.signed_in import author

blueprint = APIBlueprint("incidents", __name__, url_prefix="/api/v1/incidents")


class IncidentPage(Page):
    open: bool = Field(default=False, description="Only those that an alert may still join.")


class IncidentId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_incidents(query: IncidentPage) -> Response:
    """A page of incidents and the cursor of the next one (null at the end)."""
    now = utcnow()
    rows = store.read(
        incident_report.page,
        before=query.before,
        limit=query.limit,
        only_open=query.open,
        gap_ms=_gap(),
        now=now,
    )
    return success(now, data=rows, next=following([row["id"] for row in rows], query))


@blueprint.get("/<int:id>")
def get_incident(path: IncidentId) -> Response:
    """One incident: its worst alerts, and the timeline of alerts, acknowledgements, notes and deploys."""
    return success(utcnow(), data=_shown(path.id))


@blueprint.post("/<int:id>/acknowledge")
def acknowledge(path: IncidentId, body: Acknowledgement) -> Response:
    """Say that you own it: all its open alerts are acknowledged at once."""
    now = utcnow()
    if own(path.id, body.reason, body.until(now), now) is None:
        abort(404)
    return success(utcnow(), data=_shown(path.id))


@blueprint.post("/<int:id>/notes")
def add_note(path: IncidentId, body: NewNote) -> Response:
    """Write a note to an incident; it is kept with its author and time."""
    note = store.write(response.note, path.id, author(), body.text, utcnow())
    if note is None:
        abort(404)
    data = {"id": note.id, "at": iso(note.at), "author": note.author, "text": note.text}
    return success(utcnow(), status=201, data=data)


def own(incident_id: int, reason: str | None, until: int | None, now: int) -> int | None:
    """Acknowledge all its open alerts, as who asks; how many there were, None for an unknown incident."""
    owned = 0
    while found := store.write(response.acknowledge, incident_id, author(), reason, until, now):
        owned += found
    return None if found is None else owned


def _shown(incident_id: int) -> dict[str, Any]:
    found = store.read(incident_report.detail, incident_id, _gap(), utcnow())
    if found is None:
        abort(404)
    return found


def _gap() -> int:
    settings: Settings = current_app.extensions["settings"]
    return settings.incident_gap_ms
