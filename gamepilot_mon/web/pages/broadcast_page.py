"""/broadcast: what was said to everybody who watches, and saying something."""

from typing import Any

from flask import Response, redirect, request
from flask_openapi import APIBlueprint

from gamepilot_mon import broadcast
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Broadcast
from gamepilot_mon.web import store
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.signed_in import author

blueprint = APIBlueprint("broadcast_page", __name__, url_prefix="/broadcast")

SEVERITIES = ("info", "warning", "critical")
LONGEST = 1000
TITLE_LONGEST = 100


@blueprint.get("", doc_ui=False)
def page(query: Page) -> str:
    return _page(query, {})


@blueprint.post("", doc_ui=False)
def send() -> Response | tuple[str, int]:
    errors = _wrong()
    if errors:
        return _page(Page(), errors), 422
    event = request.form.get("event", "").strip() or "notice"
    text, severity = request.form["message"].strip(), request.form.get("severity", "info")
    store.write(broadcast.send, event, {"message": text}, severity, author(), utcnow())
    return redirect("/broadcast", 303)  # type: ignore[return-value]


def _wrong() -> dict[str, str]:
    text = request.form.get("message", "").strip()
    found = {
        "message": (not text and "Say something.")
        or (len(text) > LONGEST and f"At most {LONGEST} characters."),
        "event": len(request.form.get("event", "").strip()) > TITLE_LONGEST
        and f"At most {TITLE_LONGEST} characters.",
        "severity": request.form.get("severity", "info") not in SEVERITIES and "One of the three.",
    }
    return {name: detail for name, detail in found.items() if detail}


def _page(query: Page, errors: dict[str, str]) -> str:
    return shell.render(
        "broadcast/page.html", _context, query, errors=errors, form=request.form, severities=SEVERITIES
    )


def _context(query: Page) -> dict[str, Any]:
    rows = rows_of(Broadcast, query)
    return {
        "rows": [{**broadcast.document(row), "at": iso(row.at), "text": _text(row.data)} for row in rows],
        "following": following([row.id for row in rows], query),
    }


def _text(data: Any) -> str:
    """What a person said, however a program wrote it."""
    if isinstance(data, dict):
        data = data.get("message") or data.get("text") or data
    return "" if data is None else str(data)
