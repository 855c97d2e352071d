"""/api/v1/maintenance: planned times in which nobody is told of some alerts, once or again and again."""

from typing import Annotated, Any

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from gamepilot_mon import maintenance, recurrence
from gamepilot_mon.clock import MINUTE_MS, WEEK_MS, iso, parse_iso, utcnow
from gamepilot_mon.models import Maintenance
from gamepilot_mon.part import Condition
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_principal
from gamepilot_mon.web.spans import Moment, Zone

blueprint = APIBlueprint("maintenance", __name__, url_prefix="/api/v1/maintenance")


def _cron(text: str) -> str:
    recurrence.checked(text, "UTC", utcnow())
    return text


class NewMaintenance(BaseModel):
    """Once: `startsAt` and `forMs`. Again and again: `cron` in `zone`, each for `forMs`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    matchers: list[Condition] = Field(max_length=20, description="All must match; none matches every alert.")
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    forMs: int = Field(ge=MINUTE_MS, le=WEEK_MS, description="How long, in elapsed time.")
    cron: Annotated[str, StringConstraints(max_length=100), AfterValidator(_cron)] | None = Field(
        default=None, description="Five fields, on the wall clock of `zone`."
    )
    zone: Zone | None = Field(
        default=None, description="An IANA time zone, such as Europe/Berlin; UTC when left out."
    )
    startsAt: Moment | None = Field(default=None, description="ISO 8601; now when left out.")
    endsAt: Moment | None = Field(default=None, description="With cron: no occurrence after it.")

    @field_validator("zone", "endsAt")
    @classmethod
    def goes_with_cron(cls, value: str | None, known: ValidationInfo) -> str | None:
        if value is not None and known.data.get("cron", "wrong") is None:
            raise ValueError("goes with cron; without it the window runs once, for forMs")
        return value


class WindowId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_windows(query: Page) -> Response:
    """The maintenance windows, newest first."""
    now = utcnow()
    rows = store.read(rows_of, Maintenance, query)
    return success(
        now, data=[document(row, now) for row in rows], next=following([row.id for row in rows], query)
    )


@blueprint.post("")
def add_window(body: NewMaintenance) -> Response:
    """Plan one. An end is told all the same to whoever heard of the start."""
    now = utcnow()
    principal = current_principal()
    starts_at = parse_iso(body.startsAt) if body.startsAt else now
    try:
        row = store.write(
            maintenance.add, [c.matcher() for c in body.matchers], starts_at,
            parse_iso(body.endsAt) if body.endsAt else None, body.forMs,
            principal.name if principal else "unknown", body.reason, now, cron=body.cron, zone=body.zone,
        )  # fmt: skip
    except ValueError as error:
        at = "/endsAt" if body.endsAt else "/startsAt"
        raise Pointed(422, str(error), [(at, str(error))]) from None
    return success(utcnow(), status=201, data=document(row, now))


@blueprint.post("/<int:id>/expire")
def expire_window(path: WindowId) -> Response:
    """End it for good: what still fires is told at once."""
    if not store.write(maintenance.expire, path.id, utcnow()):
        abort(404)
    return success(utcnow(), message="The maintenance window has ended")


def document(row: Maintenance, now: int) -> dict[str, Any]:
    names = ("name", "operator", "value")
    next_at = maintenance.next_start(row, now)
    return {
        "id": row.id,
        "state": maintenance.state(row, now),
        "matchers": [dict(zip(names, parts, strict=True)) for parts in row.matchers],
        "reason": row.reason,
        "author": row.author,
        "startsAt": iso(row.starts_at),
        "endsAt": iso(row.ends_at) if row.ends_at is not None else None,
        "forMs": row.duration_ms,
        "cron": row.cron,
        "zone": row.zone,
        "nextAt": iso(next_at) if next_at is not None else None,
    }
