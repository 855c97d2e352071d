"""/api/v1/alerts: the alerts that are kept, newest first."""

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon import alerts, evaluation, runtime_config
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Alert
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import Pointed

blueprint = APIBlueprint("alerts", __name__, url_prefix="/api/v1/alerts")


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(
        default=None, ge=1, description="Only alerts with a smaller id: the next page."
    )
    limit: int = Field(default=50, ge=1, le=500)
    open: bool = Field(default=False, description="Only those that have not ended.")


class AlertId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_alerts(query: Page) -> Response:
    """A page of alerts and the cursor of the next one (null at the end)."""
    rows = store.read(_page, query)
    following = rows[-1].id if len(rows) == query.limit else None
    return success(utcnow(), data=[alerts.payload(row) for row in rows], next=following)


@blueprint.get("/<int:id>")
def get_alert(path: AlertId) -> Response:
    """One alert."""
    row = store.read(Alert.get_or_none, Alert.id == path.id)
    if row is None:
        abort(404)
    return success(utcnow(), data=alerts.payload(row))


@blueprint.post("/<int:id>/resolve")
def resolve(path: AlertId) -> Response:
    """End a custom alert; who was told of it is told of the end. A rule's alert ends when its rule says so."""
    settings: Settings = current_app.extensions["settings"]
    row = store.write(_resolve, settings, path.id, utcnow())
    if row is None:
        abort(404)
    return success(utcnow(), data=alerts.payload(row))


def _page(query: Page) -> list[Alert]:
    rows = Alert.select().order_by(Alert.id.desc()).limit(query.limit)
    if query.before:
        rows = rows.where(Alert.id < query.before)
    return list(rows.where(Alert.ended_at.is_null()) if query.open else rows)


def _resolve(settings: Settings, alert_id: int, now: int) -> Alert | None:
    row: Alert | None = Alert.get_or_none(Alert.id == alert_id)
    if row is None or row.ended_at is not None:
        return row
    if row.origin == "rule":
        raise Pointed(409, "This alert ends when its rule is satisfied again.")
    alerts.close(row, now)
    evaluation.notify(settings, runtime_config.current(settings).config, row, now)
    return row
