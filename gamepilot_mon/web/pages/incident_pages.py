"""/incidents: alerts that belong together as one thing to handle; /incidents/<id>: all that one of them gathers."""

from collections.abc import Mapping
from typing import Any, get_args

from flask import abort, redirect, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response

from gamepilot_mon import incident_view, response
from gamepilot_mon.clock import format_duration, utcnow
from gamepilot_mon.incident_view import State
from gamepilot_mon.web import incidents, store
from gamepilot_mon.web.pages import alert_forms, shell
from gamepilot_mon.web.pages.alert_forms import DURATIONS, Wrong
from gamepilot_mon.web.pages.asked import asked
from gamepilot_mon.web.signed_in import author

blueprint = APIBlueprint("incident_pages", __name__, url_prefix="/incidents")

UNKNOWN = "This incident is not known; incidents are kept as long as one of their alerts."
IS_OVER = "None of its alerts is open any more."
# Which form of an incident's page an action belongs to.
FORMS = {"incident_pages.acknowledge": "acknowledge", "incident_pages.add_note": "note"}


class Chosen(BaseModel):
    state: State = "all"
    page: int = Field(default=1, ge=1, le=10_000)


class IncidentPath(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("", doc_ui=False)
def listing() -> str:
    chosen = asked(Chosen, request.args)
    gap_ms = shell.settings().incident_gap_ms
    return shell.render(
        "incidents/list.html", incident_view.page, chosen.state, chosen.page, gap_ms, utcnow(),
        chosen=chosen, states=get_args(State), gap=format_duration(gap_ms),
    )  # fmt: skip


@blueprint.get("/<int:id>", doc_ui=False)
def detail(path: IncidentPath) -> str:
    return _show(path.id)


@blueprint.post("/<int:id>/acknowledge", doc_ui=False)
def acknowledge(path: IncidentPath) -> Response:
    now, wanted = utcnow(), alert_forms.acknowledging(request.form)
    owned = incidents.own(path.id, wanted.reason, wanted.until(now), now)
    if owned is None:
        abort(404, description=UNKNOWN)
    if not owned:
        raise Wrong({"": IS_OVER})
    return redirect(f"/incidents/{path.id}", 303)


@blueprint.post("/<int:id>/notes", doc_ui=False)
def add_note(path: IncidentPath) -> Response:
    text = alert_forms.noting(request.form)
    if store.write(response.note, path.id, author(), text, utcnow()) is None:
        abort(404, description=UNKNOWN)
    return redirect(f"/incidents/{path.id}#timeline", 303)


@blueprint.errorhandler(Wrong)
def wrong(error: Wrong) -> tuple[str, int]:
    """The page that the form was sent from, with what was said and what is wrong with it at the field."""
    number = (request.view_args or {})["id"]
    page = _show(number, form=FORMS[str(request.endpoint)], said=request.form, errors=error.errors)
    return page, 422


def _show(
    incident_id: int, *, form: str = "", said: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """`form`: which of its forms `said` and `errors` belong to."""
    return shell.render(
        "incidents/detail.html", _incident, incident_id, shell.settings().incident_gap_ms, utcnow(),
        form=form, said=said or {}, errors=errors or {}, durations=list(DURATIONS),
    )  # fmt: skip


def _incident(incident_id: int, gap_ms: int, now: int) -> dict[str, Any]:
    found = incident_view.of(incident_id, gap_ms, now)
    if found is None:
        abort(404, description=UNKNOWN)
    return found
