"""/api/v1/alerts.csv, .json and /analytics: the history of the alerts as a file, and in figures."""

from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field

from gamepilot_mon import alert_analytics, alert_export, alert_history
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import JSON_ARRAY, text_answer
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.spans import Between, Zone

blueprint = APIBlueprint("alert_history", __name__, url_prefix="/api/v1")


class Analytics(Between):
    zone: Zone = Field(default="UTC", description="Time zone of the hours and weekdays.")


@blueprint.get("/alerts/analytics")
def analytics(query: Analytics) -> Response:
    """How many alerts of what and when, how soon they were acknowledged and over, and what of it was noise."""
    now = utcnow()
    return success(now, data=store.read(alert_analytics.analyse, query.span(now), ZoneInfo(query.zone)))


@blueprint.get("/alerts.csv", responses=text_answer("text/csv", "A line an alert, below a line of names."))
def as_csv(query: Between) -> Response:
    """The alerts that started in a span as CSV, oldest first; safe to open in a spreadsheet."""
    return export("csv", query.span(utcnow()))


@blueprint.get("/alerts.json", responses=JSON_ARRAY)
def as_json(query: Between) -> Response:
    """The same as one JSON array."""
    return export("json", query.span(utcnow()))


def export(format_: str, span: Span) -> Response:
    """Streamed: each piece is a short read of its own, so that no reader holds the store open for long."""

    def read(span: Span, after: tuple[int, int] | None) -> list[alert_export.Row]:
        return store.read(alert_history.page, span, after)

    pieces = alert_export.pieces(format_, span, read)
    answer = Response(pieces, content_type=alert_export.TYPES[format_])
    answer.headers["Content-Disposition"] = f'attachment; filename="alerts.{format_}"'
    return answer
