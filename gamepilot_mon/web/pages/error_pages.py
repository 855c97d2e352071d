"""/errors: errors that are alike as one group, triaged as a list; /errors/<id>: all that is known of one."""

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from gamepilot_mon.clock import MINUTE_MS, utcnow
from gamepilot_mon.error_groups import listing, states, trends, undoing
from gamepilot_mon.models import ErrorGroup
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import error_filter, error_report, shell
from gamepilot_mon.web.pages.error_filter import Filter
from gamepilot_mon.web.pages.error_report import hourly
from gamepilot_mon.web.policy import POLICY, may
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import author, current_principal

blueprint = Blueprint("error_pages", __name__, url_prefix="/errors")

TREND_HOURS = 24
UNDO_MS = 10 * MINUTE_MS  # how long a decision is offered to be taken back
NOTE_MAX, VERSION_MAX = 1000, 200
NOTHING_CHOSEN = "Choose at least one group first."


@blueprint.get("", endpoint="listing")
def groups() -> str:
    return _listing(error_filter.parse(request.args))


@blueprint.post("")
def decide() -> Response | tuple[str, int]:
    """Resolve, ignore or reopen the groups that are chosen in the list."""
    filtered = error_filter.parse(request.args)
    chosen, now = _chosen(), utcnow()
    if not chosen:
        return _listing(filtered, NOTHING_CHOSEN), 422
    store.write(_decide, shell.settings(), chosen, _action(), author(), now)
    return _back(filtered, decided=str(now))


@blueprint.post("/undo")
def undo() -> Response:
    """Take back what oneself has just decided."""
    store.write(_undo, shell.settings(), _moment(request.form.get("decided", "")), author(), utcnow())
    return _back(error_filter.parse(request.args))


@blueprint.get("/<int:id>")
def detail(id: int) -> str:
    return _detail(id)


@blueprint.post("/<int:id>")
def decide_one(id: int) -> Response | tuple[str, int]:
    version, note = (request.form.get(name, "").strip() for name in ("version", "note"))
    action, now = _action(), utcnow()
    problems = _too_long(version=(version, VERSION_MAX), note=(note, NOTE_MAX))
    if problems:
        return _detail(id, problems), 422
    fix = version or None if action == "resolve" else None
    store.write(_decide, shell.settings(), [id], action, author(), now, fix, note or None)
    return redirect(url_for("error_pages.detail", id=id), 303)


def _listing(filtered: Filter, problem: str = "") -> str:
    now = utcnow()
    decided = _moment(request.args.get("decided", ""))
    recent = decided if now - decided <= UNDO_MS else 0
    return shell.render(
        "errors/listing.html", _groups, filtered, recent, author(), now,
        filter=filtered, may_decide=_may_decide(), problem=problem, base_url=shell.base_url(),
    )  # fmt: skip


def _groups(filtered: Filter, decided: int, who: str, now: int) -> dict[str, Any]:
    try:
        rows, following = listing.page(filtered.wanted(), now)
    except listing.BadCursor:
        raise Pointed(422, "This address names a page that no list has given.") from None
    counts = trends.by_hour([row["id"] for row in rows], TREND_HOURS, now)
    starts = trends.starts(TREND_HOURS, now)
    return {
        "groups": [{**row, "trend": hourly(starts, counts[row["id"]])} for row in rows],
        "following": following,
        "counts": listing.counts(now),
        "operations": listing.operations(),
        "decision": undoing.latest(decided, who) if decided else None,
    }


def _detail(group_id: int, problems: dict[str, str] | None = None) -> str:
    span = request.args.get("span", "")
    return shell.render(
        "errors/detail.html", _report, group_id, error_report.hours(span), utcnow(),
        may_decide=_may_decide(), problems=problems or {},
        span=span if span in error_report.SPANS else error_report.DEFAULT, spans=list(error_report.SPANS),
        form=request.form, limits={"note": NOTE_MAX, "version": VERSION_MAX},
    )  # fmt: skip


def _report(group_id: int, hours: int, now: int) -> dict[str, Any]:
    group: ErrorGroup | None = ErrorGroup.get_or_none(ErrorGroup.id == group_id)
    if group is None:
        abort(404)
    return error_report.build(group, hours, now)


def _decide(
    settings: Settings, ids: list[int], action: str, who: str, now: int, version: str | None = None,
    note: str | None = None,
) -> None:  # fmt: skip
    groups = list(ErrorGroup.select().where(ErrorGroup.id.in_(ids)))
    if not groups:
        abort(404)
    states.decide(settings, groups, action, who, now, version=version, note=note)


def _undo(settings: Settings, decided: int, who: str, now: int) -> None:
    decision = undoing.latest(decided, who) if now - decided <= UNDO_MS else None
    if decision is not None:
        undoing.undo(settings, decision, now)


def _chosen() -> list[int]:
    ids = [text for text in request.form.getlist("group") if text.isascii() and text.isdigit()]
    return [int(text) for text in ids if len(text) < 19][: error_filter.SHOWN]


def _action() -> str:
    action = request.form.get("action", "")
    if action not in states.STATE_AFTER:
        raise Pointed(422, "Say what to do: resolve, ignore or reopen.")
    return action


def _moment(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _too_long(**fields: tuple[str, int]) -> dict[str, str]:
    return {name: f"At most {most} characters." for name, (text, most) in fields.items() if len(text) > most}


def _may_decide() -> bool:
    return may(current_principal(), POLICY["error_pages.decide"])


def _back(filtered: Filter, **more: str) -> Response:
    values: dict[str, Any] = {**filtered.query(), **more}
    return redirect(url_for("error_pages.listing", **values), 303)
