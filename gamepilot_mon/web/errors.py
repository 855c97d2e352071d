"""/api/v1/errors: errors that are alike as one group, what became of it, and deciding about it."""

from collections.abc import Callable
from typing import Any, Literal

from flask import Response, abort, current_app
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon.clock import utcnow
from gamepilot_mon.error_groups import listing, states
from gamepilot_mon.models import ErrorGroup
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.formatted import Formatted, answer
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_principal

blueprint = APIBlueprint("errors", __name__, url_prefix="/api/v1/errors")

SORTS: dict[str, listing.Sort] = {"lastSeen": "last_seen", "count": "count", "new": "first_seen"}
CSV_MAX = 10_000


class ErrorPage(Formatted):
    state: Literal["open", "new", "regressed", "ongoing", "resolved", "ignored"] | None = Field(
        default=None, description="New, regressed and ongoing ones are open."
    )
    operation: str | None = Field(default=None, max_length=200)
    severity: Literal["warning", "error", "critical"] | None = Field(
        default=None, description="The worst that a group was reported with."
    )
    text: str | None = Field(default=None, max_length=200, description="In the title, operation or stack.")
    hours: int | None = Field(default=None, ge=1, le=24 * 400, description="Only those seen in these hours.")
    sort: Literal["lastSeen", "count", "new"] = "lastSeen"
    after: str | None = Field(default=None, max_length=60, description="`next` of the page before.")
    limit: int = Field(default=50, ge=1, le=500)


class ErrorDetail(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hours: int = Field(default=48, ge=1, le=24 * 90, description="How far the trend goes back.")


class ErrorId(BaseModel):
    id: int = Field(ge=1, le=2**62)


class Resolution(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: str | None = Field(
        default=None, min_length=1, max_length=200,
        description="The version in which it is gone: errors of earlier ones do not reopen it.",
    )  # fmt: skip
    note: str | None = Field(default=None, min_length=1, max_length=1000, description="Why, for the others.")


@blueprint.get("", responses=ENVELOPE_OR_CSV)
def list_errors(query: ErrorPage) -> Response:
    """A page of error groups and the cursor of the next one (null at the end); as CSV all that match."""
    now = utcnow()
    limit = CSV_MAX if query.as_csv else query.limit
    wanted = listing.Wanted(
        query.state, query.operation, query.severity, query.text, query.hours, SORTS[query.sort], query.after,
        limit,
    )  # fmt: skip
    try:
        rows, following = store.read(listing.page, wanted, now)
    except listing.BadCursor as error:
        raise Pointed(422, str(error), [("/after", str(error))]) from None
    return answer(query, now, "errors", listing.COLUMNS, rows, data=rows, next=following)


@blueprint.get("/<int:id>")
def get_error(path: ErrorId, query: ErrorDetail) -> Response:
    """One group: trend by hour, samples, top of the stack, versions, users, and who decided what."""
    now = utcnow()
    return success(now, data=store.read(_detail, path.id, query.hours, now))


@blueprint.post("/<int:id>/resolve")
def resolve(path: ErrorId, body: Resolution) -> Response:
    """It is gone; when it comes back, it is opened and told of as a regression."""

    def decide(settings: Settings, group: ErrorGroup, who: str, now: int) -> None:
        states.resolve(settings, group, who, body.version, now, body.note)

    return _decide(path.id, decide)


@blueprint.post("/<int:id>/reopen")
def reopen(path: ErrorId) -> Response:
    """It is not gone, or not to be ignored any more."""
    return _decide(path.id, states.reopen)


@blueprint.post("/<int:id>/ignore")
def ignore(path: ErrorId) -> Response:
    """It is counted on, and no alert tells of it."""
    return _decide(path.id, states.ignore)


Decide = Callable[[Settings, ErrorGroup, str, int], None]


def _decide(group_id: int, decide: Decide) -> Response:
    now, principal = utcnow(), current_principal()
    settings: Settings = current_app.extensions["settings"]
    who = principal.name if principal else "unknown"
    return success(now, data=store.write(_decided, settings, group_id, decide, who, now))


def _decided(settings: Settings, group_id: int, decide: Decide, who: str, now: int) -> dict[str, Any]:
    group = _known(group_id)
    decide(settings, group, who, now)
    return listing.detail(group, 24, now)


def _detail(group_id: int, hours: int, now: int) -> dict[str, Any]:
    return listing.detail(_known(group_id), hours, now)


def _known(group_id: int) -> ErrorGroup:
    group: ErrorGroup | None = ErrorGroup.get_or_none(ErrorGroup.id == group_id)
    if group is None:
        abort(404)
    return group
