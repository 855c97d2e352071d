"""/api/v1/moods: what players feel and do over time, and whether recommendations lead to games."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_openapi import APIBlueprint
from pydantic import Field

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import utcnow
from gamepilot_mon.moods import reports
from gamepilot_mon.moods.calendar import Step
from gamepilot_mon.web import store
from gamepilot_mon.web.documentation import ENVELOPE_OR_CSV
from gamepilot_mon.web.formatted import Formatted, answer
from gamepilot_mon.web.spans import Between, Moment, Zone

blueprint = APIBlueprint("moods", __name__, url_prefix="/api/v1/moods")

FUNNEL_COLUMNS = ("mood", "trigger", "shown", "clicked", "launched", "clickRate", "launchRate", "successRate")


class Range(Between, Formatted):
    since: Moment | None = Field(
        default=None, alias="from", description="ISO 8601; from this hour on, by default for 30 days."
    )
    until: Moment | None = Field(default=None, alias="to", description="ISO 8601; by default until now.")


class Steps(Range):
    step: Step = Field(default="day", description="Days and weeks begin by the clock of `zone`.")
    zone: Zone = "UTC"


class Rhythm(Range):
    zone: Zone = "UTC"
    signal: Literal["mood_selection", "user_action", "recommendation"] = "mood_selection"


@blueprint.get("", responses=ENVELOPE_OR_CSV)
def list_moods(query: Steps) -> Response:
    """How often each mood was selected and how strongly, over the span and in each step of it."""
    now = utcnow()
    span, zone = query.span(now), ZoneInfo(query.zone)
    found = store.read(_moods, span, query.step, zone)
    columns = ("start", "mood", "count", "avgIntensity")
    return answer(query, now, "moods", columns, found["steps"], data=found)


@blueprint.get("/transitions", responses=ENVELOPE_OR_CSV)
def transitions(query: Range) -> Response:
    """From which mood to which players went, as a list and as a matrix."""
    now = utcnow()
    found = store.read(reports.transition_matrix, query.span(now))
    columns = ("from", "to", "count", "share")
    return answer(query, now, "mood-transitions", columns, found["transitions"], data=found)


@blueprint.get("/funnel", responses=ENVELOPE_OR_CSV)
def funnel(query: Range) -> Response:
    """Recommendations that were shown, clicked, and led to a launch; by mood and by trigger."""
    now = utcnow()
    found = store.read(reports.whole_funnel, query.span(now))
    rows = [*found["byMood"], *found["byTrigger"]]
    return answer(query, now, "funnel", FUNNEL_COLUMNS, rows, data=found)


@blueprint.get("/rhythm", responses=ENVELOPE_OR_CSV)
def rhythm(query: Rhythm) -> Response:
    """The mean number of selections, actions or recommendations in each hour of the week, on the clock of a zone."""
    now = utcnow()
    span = query.span(now)
    found = store.read(
        reports.rhythm, Span(span.since, min(span.until, now)), query.signal, ZoneInfo(query.zone)
    )
    rows = (
        {"day": day["day"], "hour": hour, "mean": mean}
        for day in found["days"]
        for hour, mean in enumerate(day["hours"])
    )
    return answer(query, now, "rhythm", ("day", "hour", "mean"), rows, data=found)


@blueprint.get("/actions", responses=ENVELOPE_OR_CSV)
def actions(query: Range) -> Response:
    """What players did, and each kind's share of it."""
    now = utcnow()
    found = store.read(reports.actions, query.span(now))
    return answer(query, now, "actions", ("type", "count", "share"), found, data=found)


@blueprint.get("/users/active", responses=ENVELOPE_OR_CSV)
def active_users(query: Range) -> Response:
    """Different players seen in the last 5 minutes, 24 hours, 7 and 30 days, and on each day of the span."""
    now = utcnow()
    found = store.read(reports.active_users, query.span(now), now)
    return answer(query, now, "active-users", ("day", "users", "users7d"), found["days"], data=found)


@blueprint.get("/learning", responses=ENVELOPE_OR_CSV)
def learning(query: Steps) -> Response:
    """Each learning metric: its mean, its trend against the same time before, and its mean in each step."""
    now = utcnow()
    span, zone = query.span(now), ZoneInfo(query.zone)
    found = store.read(reports.learning, span, query.step, zone)
    rows = ({"metricType": metric["metricType"], **point} for metric in found for point in metric["points"])
    return answer(query, now, "learning", ("metricType", "start", "value", "count"), rows, data=found)


def _moods(span: Span, step: Step, zone: ZoneInfo) -> dict[str, Any]:
    return {"moods": reports.patterns(span), "steps": reports.moods(span, step, zone)}
