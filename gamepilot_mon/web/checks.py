"""/api/v1/checks: what is watched, and heartbeats and addresses of your own."""

from typing import Annotated, Any

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gamepilot_mon import own_checks
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.own_checks import NewCheck, Refused
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import problem

blueprint = APIBlueprint("checks", __name__, url_prefix="/api/v1/checks")


class CheckId(BaseModel):
    id: int = Field(ge=1, le=2**62)


class NewParent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    dependsOn: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        description="The name of a check, or null for none."
    )


@blueprint.get("")
def list_checks() -> Response:
    """Every check with the state it was last seen in."""
    return success(utcnow(), data=store.read(_listing))


@blueprint.post("")
def add_check(body: NewCheck) -> Response:
    """Watch something more. A heartbeat's answer holds the address that the job has to call."""
    check = store.write(own_checks.add, body, utcnow())
    return success(utcnow(), status=201, data=document(check, body.dependsOn))


@blueprint.put("/<int:id>/parent")
def set_parent(path: CheckId, body: NewParent) -> Response:
    """Say what the check depends on: while that is down, nobody is told that this one is down too."""
    check = store.write(own_checks.set_parent, path.id, body.dependsOn, utcnow())
    return success(utcnow(), data=document(check, body.dependsOn))


@blueprint.delete("/<int:id>")
def delete_check(path: CheckId) -> Response:
    """Stop watching. Checks that the settings ask for can only be removed there."""
    store.write(own_checks.delete, path.id, utcnow())
    return success(utcnow(), message="The check is gone")


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Response:
    errors = [(f"/{error.field}", error.why)] if error.field else []
    return problem(error.status, error.detail, errors)


def document(check: Check, parent: str | None) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": check.name,
        "kind": check.kind,
        "state": check.state if check.observed_at else "pending",
        "since": iso(check.state_since) if check.state_since else None,
        "lastAt": iso(check.observed_at) if check.observed_at else None,
        "latencyMs": check.latency_ms,
        "error": check.error,
        "intervalMs": check.interval_ms,
        "origin": check.origin,
        "dependsOn": parent,
        "pingUrl": f"/ping/{check.ping_key}" if check.ping_key else None,
    }


def _listing() -> list[dict[str, Any]]:
    rows = Check.ordered()
    names = {check.id: check.name for check in rows}
    return [document(check, names.get(check.depends_on)) for check in rows]
