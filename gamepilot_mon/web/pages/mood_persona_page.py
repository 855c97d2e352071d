"""/mood-persona: what players feel and do, and whether recommendations lead to games."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request

from gamepilot_mon.clock import iso, time_zone, utcnow
from gamepilot_mon.web.pages import mood_report, shell
from gamepilot_mon.web.pages.mood_report import Asked
from gamepilot_mon.web.problems import Pointed

blueprint = Blueprint("mood_persona_page", __name__)

UTC = ZoneInfo("UTC")
ZONE_MAX = 60


@blueprint.get("/mood-persona")
def page() -> str | tuple[str, int]:
    """By the clock of `zone`; without one by UTC, until a script says where the reader is."""
    given = request.args.get("zone", "")
    try:
        zone, problem = _zone(given), ""
    except ValueError as error:
        zone, problem = UTC, str(error)
    asked = Asked(
        _one_of("span", tuple(mood_report.SPANS_MS), "7d"), _one_of("signal", mood_report.SIGNALS), zone
    )
    rendered = _rendered(asked, given, problem, utcnow())
    return (rendered, 422) if problem else rendered


def _rendered(asked: Asked, given: str, problem: str, now: int) -> str:
    step = mood_report.STEPS[asked.span]
    zoned = {"zone": asked.zone.key} if given and not problem else {}
    return shell.render(
        "mood_persona/page.html", mood_report.build, asked, now,
        asked=asked, zone_given=given, zone_problem=problem, zoned=zoned, base_url=shell.base_url(),
        exported={"from": iso(asked.since(now)), "format": "csv"}, stepped={"step": step, "zone": asked.zone.key},
        spans=list(mood_report.SPANS_MS), signals=mood_report.SIGNALS,
    )  # fmt: skip


def _zone(name: str) -> ZoneInfo:
    if not name:
        return UTC
    if len(name) > ZONE_MAX:
        raise ValueError("is not a known time zone")
    return time_zone(name)


def _one_of(name: str, known: tuple[str, ...], default: str | None = None) -> Any:
    value = request.args.get(name) or default or known[0]
    if value not in known:
        raise Pointed(422, f"This address asks for a {name} that there is not; known are {', '.join(known)}.")
    return value
