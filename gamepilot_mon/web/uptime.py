"""/api/v1/checks/<id>/uptime: how much of a time a check was up, and how much of it is known."""

from typing import Any

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon import uptime
from gamepilot_mon.clock import HOUR_MS, utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.web import store
from gamepilot_mon.web.checks import CheckId
from gamepilot_mon.web.envelope import success

blueprint = APIBlueprint("uptime", __name__, url_prefix="/api/v1/checks")


class Hours(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hours: int = Field(default=24, ge=1, le=720, description="How far back.")


@blueprint.get("/<int:id>/uptime")
def uptime_of(path: CheckId, query: Hours) -> Response:
    """Shares of up, down and unknown; `uptime` is up against what is known, `coverage` how much that is."""
    now = utcnow()
    return success(now, data=store.read(_uptime, path.id, now - query.hours * HOUR_MS, now))


def _uptime(check_id: int, since: int, until: int) -> dict[str, Any]:
    check: Check | None = Check.get_or_none(Check.id == check_id)
    if check is None:
        abort(404)
    return uptime.of_check(check, since, until)
