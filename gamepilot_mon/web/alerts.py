"""/api/v1/alerts: the alerts that are kept, newest first."""

from typing import Any

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import alerts, explanation, triage, why
from gamepilot_mon.clock import iso, parse_iso, utcnow
from gamepilot_mon.models import Alert, Note
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import alert_history, store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.formatted import Formatted
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.responding import Acknowledgement, NewNote
from gamepilot_mon.web.signed_in import author
from gamepilot_mon.web.spans import Between

blueprint = APIBlueprint("alerts", __name__, url_prefix="/api/v1/alerts")


class Page(Between, Formatted):
    before: int | None = Field(
        default=None, ge=1, description="Only alerts with a smaller id: the next page."
    )
    limit: int = Field(default=50, ge=1, le=500)
    open: bool = Field(default=False, description="Only those that have not ended.")
    incident: int | None = Field(default=None, ge=1, le=2**62, description="Only those of this incident.")


class AlertId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("", responses=ENVELOPE_OR_CSV)
def list_alerts(query: Page) -> Response:
    """A page of alerts and the cursor of the next one (null at the end); as CSV all of the span."""
    if query.as_csv:
        return alert_history.export("csv", query.span(utcnow()))
    rows = store.read(_page, query)
    following = rows[-1].id if len(rows) == query.limit else None
    return success(utcnow(), data=[alerts.payload(row) for row in rows], next=following)


@blueprint.get("/<int:id>")
def get_alert(path: AlertId) -> Response:
    """One alert, with the notes that people wrote to it and what was known around its firing."""
    return success(utcnow(), data=store.read(_detail, path.id))


@blueprint.get("/<int:id>/why")
def why_told(path: AlertId) -> Response:
    """What each channel was told and when, what is held back now and by what, and the rule's last word."""
    now = utcnow()
    settings: Settings = current_app.extensions["settings"]
    return success(now, data=store.read(_why, settings, path.id, now))


@blueprint.post("/<int:id>/notes")
def add_note(path: AlertId, body: NewNote) -> Response:
    """Write a note to an alert; it is kept with its author and time."""
    note = store.write(_add_note, path.id, author(), body.text, utcnow())
    return success(utcnow(), status=201, data=_note(note))


@blueprint.post("/<int:id>/resolve")
def resolve(path: AlertId) -> Response:
    """End a custom alert; who was told of it is told of the end. A rule's alert ends when its rule says so."""
    settings: Settings = current_app.extensions["settings"]
    return success(utcnow(), data=alerts.payload(store.write(_resolve, settings, path.id, utcnow())))


@blueprint.post("/<int:id>/acknowledge")
def acknowledge(path: AlertId, body: Acknowledgement) -> Response:
    """Say that you own it: no reminders, until it ends, gets worse, or `forMs` has passed."""
    now = utcnow()
    row = store.write(_acknowledge, path.id, author(), body.reason, body.until(now), now)
    return success(utcnow(), data=alerts.payload(row))


@blueprint.delete("/<int:id>/acknowledge")
def unacknowledge(path: AlertId) -> Response:
    """Give it back: reminders go on."""
    row = store.write(_unacknowledge, path.id, utcnow())
    return success(utcnow(), data=alerts.payload(row))


def _acknowledge(alert_id: int, who: str, reason: str | None, until: int | None, now: int) -> Alert:
    row = _open(alert_id)
    alerts.acknowledge(row, who, reason, until, now)
    return row


def _unacknowledge(alert_id: int, now: int) -> Alert:
    _open(alert_id)
    triage.give_back([alert_id], now)
    return _known(alert_id)


def _open(alert_id: int) -> Alert:
    row = _known(alert_id)
    if row.status not in ("firing", "acknowledged"):
        raise Pointed(409, f"The alert is {row.status}.")
    return row


def _known(alert_id: int) -> Alert:
    row: Alert | None = Alert.get_or_none(Alert.id == alert_id)
    if row is None:
        abort(404)
    return row


def _detail(alert_id: int) -> dict[str, Any]:
    notes = [_note(note) for note in Note.of_alert(alert_id)]
    return {**alerts.payload(_known(alert_id)), "notes": notes, "explanation": explanation.of_alert(alert_id)}


def _why(settings: Settings, alert_id: int, now: int) -> dict[str, Any]:
    return why.explain(settings, _known(alert_id), now)


def _add_note(alert_id: int, author: str, text: str, now: int) -> Note:
    return triage.note(_known(alert_id), author, text, now)


def _note(note: Note) -> dict[str, Any]:
    return {"id": note.id, "at": iso(note.at), "author": note.author, "text": note.text}


def _page(query: Page) -> list[Alert]:
    rows = Alert.select().order_by(Alert.id.desc()).limit(query.limit)
    if query.before:
        rows = rows.where(Alert.id < query.before)
    if query.incident:
        rows = rows.where(Alert.incident_id == query.incident)
    if query.since:
        rows = rows.where(Alert.started_at >= parse_iso(query.since))
    if query.until:
        rows = rows.where(Alert.started_at < parse_iso(query.until))
    return list(rows.where(Alert.ended_at.is_null()) if query.open else rows)


def _resolve(settings: Settings, alert_id: int, now: int) -> Alert:
    row = _known(alert_id)
    try:
        triage.resolve(settings, row, now)
    except triage.EndsWithItsRule as error:
        raise Pointed(409, str(error)) from None
    return row
