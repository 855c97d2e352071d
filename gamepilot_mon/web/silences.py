"""/api/v1/silences: times in which nobody is told of some alerts."""

from typing import Annotated, Any

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gamepilot_mon import silences
from gamepilot_mon.clock import DAY_MS, MINUTE_MS, iso, utcnow
from gamepilot_mon.models import Silence
from gamepilot_mon.part import Condition
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.signed_in import current_principal

blueprint = APIBlueprint("silences", __name__, url_prefix="/api/v1/silences")


class NewSilence(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    matchers: list[Condition] = Field(min_length=1, max_length=20, description="All of them must match.")
    forMs: int = Field(ge=MINUTE_MS, le=90 * DAY_MS, description="How long from its start.")
    startsInMs: int = Field(default=0, ge=0, le=90 * DAY_MS)
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class SilenceId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_silences(query: Page) -> Response:
    """The silences, newest first."""
    now = utcnow()
    rows = store.read(rows_of, Silence, query)
    return success(
        now, data=[document(row, now) for row in rows], next=following([row.id for row in rows], query)
    )


@blueprint.post("")
def add_silence(body: NewSilence) -> Response:
    """Hold back the messages about what matches. An end is told all the same to whoever heard of the start."""
    now = utcnow()
    principal = current_principal()
    starts_at = now + body.startsInMs
    matchers = [condition.matcher() for condition in body.matchers]
    author = principal.name if principal else "unknown"
    row = store.write(silences.add, matchers, starts_at, starts_at + body.forMs, author, body.reason, now)
    return success(utcnow(), status=201, data=document(row, now))


@blueprint.post("/<int:id>/expire")
def expire_silence(path: SilenceId) -> Response:
    """End it now: what still fires is told at once."""
    if not store.write(silences.expire, path.id, utcnow()):
        abort(404)
    return success(utcnow(), message="The silence has ended")


def document(row: Silence, now: int) -> dict[str, Any]:
    names = ("name", "operator", "value")
    state = "expired" if row.ends_at <= now else "pending" if row.starts_at > now else "active"
    return {
        "id": row.id,
        "state": state,
        "matchers": [dict(zip(names, parts, strict=True)) for parts in row.matchers],
        "startsAt": iso(row.starts_at),
        "endsAt": iso(row.ends_at),
        "author": row.author,
        "reason": row.reason,
    }
