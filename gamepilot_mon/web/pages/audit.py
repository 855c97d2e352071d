"""/audit: who changed what and when, to look through and to take along."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request

from gamepilot_mon import audit
from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso, utcnow
from gamepilot_mon.web.audit import document
from gamepilot_mon.web.pages import shell

blueprint = Blueprint("audit_page", __name__, url_prefix="/audit")

PAGE = 100
SPANS = {"1h": HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS}


@blueprint.get("")
def page() -> str:
    now = utcnow()
    asked = {name: request.args.get(name, "")[:200] for name in ("who", "action", "span")}
    kept_days = shell.settings().audit_history_ms // DAY_MS
    return shell.render("audit/page.html", _context, _question(asked, now), asked, kept_days=kept_days)


def _question(asked: dict[str, str], now: int) -> audit.Question:
    before = request.args.get("before", "")
    return audit.Question(
        who=asked["who"] or None, action=asked["action"] or None,
        since=now - SPANS[asked["span"]] if asked["span"] in SPANS else None,
        before=int(before[:18]) if before.isdecimal() else None, limit=PAGE,
    )  # fmt: skip


def _context(asked: audit.Question, fields: dict[str, str]) -> dict[str, Any]:
    rows = audit.entries(asked)
    given = {name: value for name, value in fields.items() if value}
    older = {**given, "before": rows[-1].id} if len(rows) == PAGE else None
    return {
        "entries": [{**document(row), "said": audit.ACTIONS.get(row.action, row.action)} for row in rows],
        "people": audit.people(),
        "actions": _nouns(),
        "asked": fields,
        "older": "/audit?" + urlencode(older) if older else None,
        "newest": "/audit?" + urlencode(given) if asked.before else None,
        "csv": "/api/v1/audit?" + urlencode(_as_api_says(asked)),
    }


def _nouns() -> dict[str, list[tuple[str, str]]]:
    """The actions by what they are about: `user` -> [("user.added", "added a user"), …]."""
    found: dict[str, list[tuple[str, str]]] = {}
    for action, said in audit.ACTIONS.items():
        found.setdefault(action.split(".")[0], []).append((action, said))
    return found


def _as_api_says(asked: audit.Question) -> dict[str, str]:
    named = {"who": asked.who, "action": asked.action, "from": iso(asked.since) if asked.since else None}
    return {"format": "csv", **{name: value for name, value in named.items() if value}}
