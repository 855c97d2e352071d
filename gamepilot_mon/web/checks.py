"""/api/v1/checks: what is watched, and heartbeats and addresses of your own."""

import secrets
from typing import Annotated, Any, Literal

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gamepilot_mon import db
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

    @model_validator(mode="after")
    def complete(self) -> "NewCheck":
        if (self.kind == "http") != (self.url is not None):
            raise ValueError("url is needed for an http check, and for no other")
        if self.kind == "http" and self.intervalMs > HOUR_MS:
            raise ValueError("an http check is made at least every hour")
        return self

    def spec(self) -> dict[str, Any]:
        return {"url": self.url} if self.url else {"grace_ms": self.graceMs}


@blueprint.get("")
def list_checks() -> Response:
    """Every check with the state it was last seen in."""
    return success(utcnow(), data=[document(check) for check in store.read(Check.ordered)])


@blueprint.post("")
def add_check(body: NewCheck) -> Response:
    """Watch something more. A heartbeat's answer holds the address that the job has to call."""
    check = store.write(_add, body, utcnow())
    return success(utcnow(), status=201, data=document(check))


@blueprint.delete("/<int:id>")
def delete_check(path: CheckId) -> Response:
    """Stop watching. Checks that the settings ask for can only be removed there."""
    if not store.write(_delete, path.id):
        abort(404)
    return success(utcnow(), message="The check is gone")


def document(check: Check) -> dict[str, Any]:
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
        "pingUrl": f"/ping/{check.ping_key}" if check.ping_key else None,
    }


def _add(wanted: NewCheck, now: int) -> Check:
    if Check.select().where(Check.name == wanted.name).exists():
        raise Pointed(409, "There is a check of that name.", [("/name", "is taken")])
    db.touch("check-list")
    check: Check = Check.create(
        name=wanted.name, kind=wanted.kind, spec=wanted.spec(), interval_ms=wanted.intervalMs, origin="user",
        ping_key=secrets.token_urlsafe(16) if wanted.kind == "heartbeat" else None, created_at=now,
    )  # fmt: skip
    return check


def _delete(check_id: int) -> bool:
    check = Check.get_or_none(Check.id == check_id)
    if check is None:
        return False
    if check.origin == "settings":
        raise Pointed(409, "This check comes from the settings; change them to be rid of it.")
    db.touch("check-list")
    check.delete_instance()
    return True
