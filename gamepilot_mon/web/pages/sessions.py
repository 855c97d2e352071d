"""/people/sessions: every browser that is signed in."""

from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from gamepilot_mon.auth import sessions
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web import people, store
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.pages.people import blueprint, counts
from gamepilot_mon.web.signed_in import current_browser


@blueprint.get("/sessions")
def session_listing() -> str:
    browser = current_browser()
    return shell.render("people/sessions.html", _listing, browser.session.id if browser else None, utcnow())


@blueprint.post("/sessions")
def end_session() -> Response:
    chosen = request.form.get("session", "")
    if chosen.isdecimal():
        store.write(sessions.end, int(chosen[:18]), utcnow())
    return redirect("/people/sessions", 303)


def _listing(here: int | None, now: int) -> dict[str, Any]:
    found = sessions.open_ones(now)
    rows = [{**people.session_document(row, user), "here": row.id == here} for row, user in found]
    return {"sessions": rows, "counts": counts(now)}
