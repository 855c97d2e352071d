"""Checks that people add: what they may ask for, adding one, putting it behind another, pausing and deleting it."""

import secrets
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gamepilot_mon import audit, db, dependencies
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS
from gamepilot_mon.models import Check


class Refused(Exception):
    """What was asked for cannot be; `field` is the member of the request at fault, "" for the whole."""

    def __init__(self, status: int, detail: str, field: str = "", why: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.why = status, detail, field, why


def _http_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be an http(s) URL")
    return text


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


def add(wanted: NewCheck, now: int) -> Check:
    """Inside the caller's write(). Raises Refused."""
    if Check.select().where(Check.name == wanted.name).exists():
        raise Refused(409, "There is a check of that name.", "name", "is taken")
    parent = _parent_of(wanted.dependsOn)
    db.touch("check-list")
    check: Check = Check.create(
        depends_on=parent.id if parent else None,
        name=wanted.name, kind=wanted.kind, spec=wanted.spec(), interval_ms=wanted.intervalMs, origin="user",
        ping_key=secrets.token_urlsafe(16) if wanted.kind == "heartbeat" else None, created_at=now,
    )  # fmt: skip
    audit.record("check.added", check.name, now, kind=check.kind)
    return check


def set_parent(check_id: int, name: str | None, now: int) -> Check:
    """Inside the caller's write(). Raises Refused."""
    check = known(check_id)
    parent = _parent_of(name)
    if parent and dependencies.closes_a_loop(check.name, parent.name, Check.parents()):
        raise Refused(
            409,
            "A check cannot depend on itself, not through others either.",
            "dependsOn",
            "depends on this check",
        )
    check.depends_on = parent.id if parent else None
    Check.update(depends_on=check.depends_on).where(Check.id == check.id).execute()
    db.touch("checks")
    audit.record("check.changed", check.name, now, depends_on=name or "nothing")
    return check


def pause(check_id: int, now: int) -> None:
    """It is not looked at and raises nothing until resume(). Inside the caller's write(). Raises Refused."""
    _set_paused(known(check_id), now, now)


def resume(check_id: int, now: int) -> None:
    """Inside the caller's write(). Raises Refused."""
    _set_paused(known(check_id), None, now)


def _set_paused(check: Check, at: int | None, now: int) -> None:
    if (check.paused_at is None) == (at is None):
        return
    # What was seen before says nothing about what is: one failure later it must not count as confirmed.
    Check.update(paused_at=at, failures=0, state="unknown").where(Check.id == check.id).execute()
    db.touch("check-list")
    db.touch("checks")
    audit.record("check.changed", check.name, now, paused=at is not None)


def delete(check_id: int, now: int) -> None:
    """Inside the caller's write(). Raises Refused."""
    check = known(check_id)
    if check.origin == "settings":
        raise Refused(409, "This check comes from the settings; change them to be rid of it.")
    db.touch("check-list")
    Check.update(depends_on=None).where(Check.depends_on == check.id).execute()
    check.delete_instance()
    audit.record("check.removed", check.name, now)


def known(check_id: int) -> Check:
    """Raises Refused with 404."""
    check: Check | None = Check.get_or_none(Check.id == check_id)
    if check is None:
        raise Refused(404, "There is no such check.")
    return check


def _parent_of(name: str | None) -> Check | None:
    if name is None:
        return None
    check: Check | None = Check.get_or_none(Check.name == name)
    if check is None:
        raise Refused(422, "There is no such check.", "dependsOn", "names no check")
    return check
