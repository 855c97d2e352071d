"""GET /api/v1/annotations: what a chart marks beside its lines."""

from flask import Response
from flask_openapi import APIBlueprint

from gamepilot_mon import annotations
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.formatted import answer
from gamepilot_mon.web.ranges import Ranged

blueprint = APIBlueprint("annotations", __name__, url_prefix="/api/v1")

COLUMNS = ("kind", "at", "text", "id", "severity", "endedAt")


@blueprint.get("/annotations", responses=ENVELOPE_OR_CSV)
def list_annotations(query: Ranged) -> Response:
    """Alerts that fired, deploys and configuration changes, oldest first; at most the newest 200 of each."""
    now = utcnow()
    asked = query.range(now)
    found = store.read(annotations.between, Span(asked.since, asked.until + 1))
    return answer(query, now, "annotations", COLUMNS, found, data=found)
