"""/checks: the list of all checks, and a page for each."""

from typing import Any

from flask import Blueprint, abort, request, url_for

from gamepilot_mon import alerts, check_list, check_views
from gamepilot_mon.check_list import GROUPS, STATES, Wanted
from gamepilot_mon.check_views import SPANS, Row, Span
from gamepilot_mon.clock import DAY_MS, format_duration, iso, utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.uptime_hours import Hours
from gamepilot_mon.web.pages import drawing, evidence, shell

blueprint = Blueprint("check_pages", __name__)

TEXT_MOST = 200
ID_MOST = 2**62
ERROR_MOST = 300  # of an error among others; a check's page has the last one whole
CHART = (720, 160)  # width and height of the latency chart
_hours = Hours()


@blueprint.get("/checks")
def listing() -> str:
    wanted = _wanted()
    return shell.render("checks/list.html", _list, wanted, utcnow(), wanted=wanted, address=_address(wanted))


@blueprint.get("/checks/<int:id>")
def detail(id: int) -> str:
    return page(id)


def page(id: int, parent: str | None = None, problem: str | None = None) -> str:
    """A check's page; `parent` and `problem` are what was refused in its form."""
    span = SPANS.get(request.args.get("span", ""), SPANS["24h"])
    return shell.render(
        "checks/page.html", _detail, id, span, utcnow(),
        base_url=shell.base_url(), spans=list(SPANS), refused_parent=parent, problem=problem,
    )  # fmt: skip


def _wanted() -> Wanted:
    asked = request.args
    number = asked.get("page", "1")
    return Wanted(
        text=asked.get("q", "").strip()[:TEXT_MOST],
        state=asked.get("state", "") if asked.get("state") in STATES else "",
        kind=asked.get("kind", "")[:TEXT_MOST],
        group=asked.get("group", "") if asked.get("group") in GROUPS else GROUPS[0],
        page=int(number) if number.isdecimal() and len(number) < 7 else 1,
    )


def _address(wanted: Wanted) -> Any:
    """For templates: the address of the list as it is asked for, but for what is given."""
    kept = {"q": wanted.text, "state": wanted.state, "kind": wanted.kind, "group": wanted.group}

    def address(**other: Any) -> str:
        asked = {name: value for name, value in {**kept, **other}.items() if value}
        if asked.get("group") == GROUPS[0]:
            del asked["group"]
        return url_for("check_pages.listing", **asked)

    return address


def _list(wanted: Wanted, now: int) -> dict[str, Any]:
    found = check_list.find(check_views.heads(), wanted)
    group = check_list.grouping(wanted.group)
    rows = {row.check.id: row for row in check_views.rows(found.heads, _hours, now)}
    groups: dict[str, list[dict[str, Any]]] = {}
    for head in found.heads:
        if head.id in rows:
            groups.setdefault(group(head), []).append(_row(rows[head.id], head.parent))
    return {"found": found, "groups": groups, "any": bool(found.kinds)}


def _row(row: Row, parent: str) -> dict[str, Any]:
    check = row.check
    return {
        "id": check.id,
        "name": check.name,
        "kind": check.kind,
        "state": check_views.state_of(check),
        "latency_ms": check.latency_ms,
        "last_at": iso(seen) if (seen := check_views.seen_at(check)) else None,
        "since": iso(check.state_since) if check.state_since else None,
        "error": (check.error or "")[:ERROR_MOST] if check.state != "up" else None,
        "alerting": check.alerting,
        "parent": parent,
        "bars": drawing.bars([state for _, state, _ in row.last], check_views.LAST),
        "faults": sum(state == "down" for _, state, _ in row.last),
        "seen": len(row.last),
        "uptime": row.uptime,
        "coverage": row.coverage,
        "muted": row.muted,
    }


def _detail(id: int, span: Span, now: int) -> dict[str, Any]:
    check: Check | None = Check.get_or_none(Check.id == id) if id < ID_MOST else None
    if check is None:
        abort(404)
    parent = Check.get_or_none(Check.id == check.depends_on) if check.depends_on else None
    return {
        "check": check,
        "state": check_views.state_of(check),
        "since": iso(check.state_since) if check.state_since else None,
        "last_at": iso(seen) if (seen := check_views.seen_at(check)) else None,
        "url": check.spec.get("url"),
        "span": span.name,
        "pieces": [_piece(number, piece) for number, piece in enumerate(_pieces(check, span, now))],
        "uptimes": {name: _uptime(check, days, now) for name, days in (("24h", 1), ("7d", 7), ("30d", 30))},
        "latency": _latency(check, span, now),
        "facts": evidence.facts(check.data or {}),
        "recent": [_observation(*row) for row in check_views.recent(check.id)],
        "alerts": [alerts.payload(alert) for alert in check_views.alerts_of(check)],
        "parent": parent,
        "children": [(child, check_views.state_of(child)) for child in check_views.children(check)],
        "muted": check_views.muted(check, now),
        "interval": format_duration(check.interval_ms),
        "grace": format_duration(int(check.spec.get("grace_ms", 0))),
    }


def _pieces(check: Check, span: Span, now: int) -> list[check_views.Piece]:
    return check_views.pieces(check, span, _hours, now)


def _piece(number: int, piece: check_views.Piece) -> dict[str, Any]:
    uptime, coverage = check_views.share(piece.lasted)
    return {
        "since": iso(piece.since),
        "until": iso(piece.until),
        "rects": drawing.stacked(piece.lasted, number),
        "uptime": uptime,
        "coverage": coverage,
        "down_ms": piece.lasted["down"],
    }


def _uptime(check: Check, days: int, now: int) -> dict[str, Any]:
    lasted = _hours.lasting(check, now - days * DAY_MS, now, now)
    uptime, coverage = check_views.share(lasted)
    return {"uptime": uptime, "unknown": 1 - coverage, "down_s": lasted["down"] / 1000}


def _latency(check: Check, span: Span, now: int) -> dict[str, Any] | None:
    points = check_views.latency(check, span, now)
    seen = [(mean, most) for _, mean, most in points if mean is not None and most is not None]
    if not seen:
        return None
    width, height = CHART
    top = drawing.nice(max(most for _, most in seen))
    return {
        "mean": drawing.line((mean for _, mean, _ in points), width, height, top),
        "most": drawing.line((most for _, _, most in points), width, height, top),
        "top": top,
        "average": sum(mean for mean, _ in seen) / len(seen),
        "highest": max(most for _, most in seen),
        "points": [(iso(at), mean, most) for at, mean, most in points if mean is not None],
    }


def _observation(at: int, state: str, latency_ms: float | None, error: str | None) -> dict[str, Any]:
    return {"at": iso(at), "state": state, "latency_ms": latency_ms, "error": (error or "")[:ERROR_MOST]}
