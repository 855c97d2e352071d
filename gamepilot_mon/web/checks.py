"""/api/v1/checks: what is watched, and heartbeats and addresses of your own."""

import secrets
from typing import Annotated, Any, Literal

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gamepilot_mon import audit, db, dependencies
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS, iso, utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import Pointed

blueprint = APIBlueprint("checks", __name__, url_prefix="/api/v1/checks")


def _http_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be an http(s) URL")
    return text


class CheckId(BaseModel):
    id: int = Field(ge=1, le=2**62)


class NewCheck(BaseModel):
    """A heartbeat (the job calls us) or an HTTP address (we call it)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    kind: Literal["heartbeat", "http"]
    intervalMs: int = Field(default=5 * MINUTE_MS, ge=SECOND_MS, le=5 * WEEK_MS)
    graceMs: int = Field(
        default=MINUTE_MS, ge=0, le=WEEK_MS, description="Heartbeats: how late is still on time."
    )
    url: Annotated[str, StringConstraints(max_length=2000), AfterValidator(_http_url)] | None = None
    dependsOn: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="The name of a check without which this one cannot be up."
    )

    @model_validator(mode="after")
    def complete(self) -> "NewCheck":
        if (self.kind == "http") != (self.url is not None):
            raise ValueError("url is needed for an http check, and for no other")
        if self.kind == "http" and self.intervalMs > HOUR_MS:
            raise ValueError("an http check is made at least every hour")
        return self

    def spec(self) -> dict[str, Any]:
        return {"url": self.url} if self.url else {"grace_ms": self.graceMs}


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
    check = store.write(_add, body, utcnow())
    return success(utcnow(), status=201, data=document(check, body.dependsOn))


@blueprint.put("/<int:id>/parent")
def set_parent(path: CheckId, body: NewParent) -> Response:
    """Say what the check depends on: while that is down, nobody is told that this one is down too."""
    check = store.write(_set_parent, path.id, body.dependsOn)
    return success(utcnow(), data=document(check, body.dependsOn))


@blueprint.delete("/<int:id>")
def delete_check(path: CheckId) -> Response:
    """Stop watching. Checks that the settings ask for can only be removed there."""
    if not store.write(_delete, path.id):
        abort(404)
    return success(utcnow(), message="The check is gone")


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


def _parent_of(name: str | None) -> Check | None:
    if name is None:
        return None
    check: Check | None = Check.get_or_none(Check.name == name)
    if check is None:
        raise Pointed(422, "There is no such check.", [("/dependsOn", "names no check")])
    return check


def _set_parent(check_id: int, name: str | None) -> Check:
    check: Check | None = Check.get_or_none(Check.id == check_id)
    if check is None:
        abort(404)
    parent = _parent_of(name)
    if parent and dependencies.closes_a_loop(check.name, parent.name, Check.parents()):
        raise Pointed(409, "A check cannot depend on itself.", [("/dependsOn", "depends on this check")])
    check.depends_on = parent.id if parent else None
    Check.update(depends_on=check.depends_on).where(Check.id == check.id).execute()
    db.touch("checks")
    audit.record("check.changed", check.name, utcnow(), depends_on=name or "nothing")
    return check


def _add(wanted: NewCheck, now: int) -> Check:
    if Check.select().where(Check.name == wanted.name).exists():
        raise Pointed(409, "There is a check of that name.", [("/name", "is taken")])
    parent = _parent_of(wanted.dependsOn)
    db.touch("check-list")
    check: Check = Check.create(
        depends_on=parent.id if parent else None,
        name=wanted.name, kind=wanted.kind, spec=wanted.spec(), interval_ms=wanted.intervalMs, origin="user",
        ping_key=secrets.token_urlsafe(16) if wanted.kind == "heartbeat" else None, created_at=now,
    )  # fmt: skip
    audit.record("check.added", check.name, now, kind=check.kind)
    return check


def _delete(check_id: int) -> bool:
    check = Check.get_or_none(Check.id == check_id)
    if check is None:
        return False
    if check.origin == "settings":
        raise Pointed(409, "This check comes from the settings; change them to be rid of it.")
    db.touch("check-list")
    Check.update(depends_on=None).where(Check.depends_on == check.id).execute()
    check.delete_instance()
    audit.record("check.removed", check.name, utcnow())
    return True
