"""GET /api/v1/events: the raw events that are kept, newest first."""

from typing import Literal

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field

from gamepilot_mon import event_log
from gamepilot_mon.clock import utcnow
from gamepilot_mon.event_log import KINDS, Place, Wanted
from gamepilot_mon.sources.intake import AHEAD_MAX_MS
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.formatted import answer
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.ranges import Ranged

blueprint = APIBlueprint("event_log", __name__, url_prefix="/api/v1")

Kind = Literal[
    "operation",
    "error",
    "query",
    "mood_selection",
    "user_action",
    "recommendation",
    "learning",
    "deploy",
    "metric",
]


class EventPage(Ranged):
    kind: list[Kind] = Field(default=[], max_length=len(KINDS), description="Only of these kinds.")
    operation: str | None = Field(
        default=None,
        max_length=2_000,
        description="Only with this name: operation, statement, mood, metric …",
    )
    user: str | None = Field(default=None, max_length=200, description="Only of this user.")
    before: str | None = Field(default=None, max_length=40, description="`next` of the page before this one.")
    limit: int = Field(default=50, ge=1, le=500)


@blueprint.get("/events", responses=ENVELOPE_OR_CSV)
def list_events(query: EventPage) -> Response:
    """A page of raw events, newest first, and the cursor of the next one (null at the end).

    A page may be shorter than `limit`, or empty, although another follows: a look reads a bounded number of events.
    """
    now = utcnow()
    rows, following = store.read(event_log.page, _wanted(query, now))
    return answer(query, now, "events", event_log.COLUMNS, rows, data=rows, next=following)


def _wanted(query: EventPage, now: int) -> Wanted:
    asked = query.range(now)
    until = asked.until if query.until else now + AHEAD_MAX_MS  # clocks that are ahead
    kinds = tuple(dict.fromkeys(query.kind)) or KINDS
    try:
        before = Place.parse(query.before) if query.before else None
    except ValueError as error:
        raise Pointed(422, "The cursor is not one.", [("/before", str(error))]) from None
    return Wanted(kinds, asked.since, until, query.operation, query.user, before, query.limit)
