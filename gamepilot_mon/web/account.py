"""/account: a person's own name, password, second factor and sessions."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from gamepilot_mon.auth import passwords, second_factors, sessions, users
from gamepilot_mon.clock import MINUTE_MS, iso, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import people, store
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.signed_in import Browser, current_browser

FRESH_MS = 15 * MINUTE_MS

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
def page() -> str:
    browser = own_browser()
    return shell.render("account/page.html", _context, browser.user, browser.session.id, utcnow())


@blueprint.post("")
def end_sessions() -> Response:
    """One of one's own, or all but this one."""
    browser, now = own_browser(), utcnow()
    chosen = request.form.get("session", "")
    if request.form.get("do") == "end-others":
        store.write(sessions.end_all, browser.user.id, now, but=browser.session.id)
    elif chosen.isdecimal():
        store.write(sessions.end, int(chosen[:18]), now, user_id=browser.user.id)
    return redirect("/account#sessions", 303)


@blueprint.get("/password")
def password() -> Response | str:
    browser = own_browser()
    return _page(browser.name) if is_fresh(browser, utcnow()) else sign_in_again("/account/password")


@blueprint.post("/password")
def set_password() -> Response | tuple[str, int]:
    now = utcnow()
    browser = own_browser()
    if not is_fresh(browser, now):
        return sign_in_again("/account/password")
    name = request.form.get("username", "").strip() or browser.name
    problem = _problem(name)
    if problem:
        return _page(name, problem), 422
    hashed = store.compute(passwords.hash_of, request.form["password"])
    try:
        store.write(_change, browser.user, name, hashed, now, browser.session.id)
    except users.NameTaken:
        return _page(name, "Another user has that name."), 409
    return redirect("/", 303)


def own_browser() -> Browser:
    """An account belongs to a person, so a token is not enough here."""
    browser = current_browser()
    if browser is None:
        abort(403, description="Only a signed-in browser has an account; a token has none.")
    return browser


def is_fresh(browser: Browser, now: int) -> bool:
    """A recent sign-in stands in for asking for the old password, which a one-time link's user has not got."""
    return now - browser.session.created_at <= FRESH_MS


def sign_in_again(onward: str) -> Response:
    return redirect("/sign-in?" + urlencode({"next": onward}), 303)


def _context(user: User, session_id: int, now: int) -> dict[str, Any]:
    two_factor = second_factors.standing(user.id)
    return {
        "account": {
            "name": user.name,
            "role": user.role,
            "has_password": user.password_hash is not None,
            "two_factor_since": iso(two_factor.since) if two_factor.since else None,
            "codes_left": two_factor.codes_left,
        },
        "sessions": [
            {**people.session_document(row, owner), "here": row.id == session_id}
            for row, owner in sessions.open_ones(now, user_id=user.id)
        ],
    }


def _problem(name: str) -> str | None:
    if not users.is_name(name):
        return users.NAME_RULE
    chosen = request.form.get("password", "")
    if request.form.get("password_again", chosen) != chosen:
        return "The two passwords differ."
    return passwords.problem(chosen)


def _change(user: User, name: str, password_hash: str, now: int, session_id: int) -> None:
    users.rename(user, name, now)
    users.set_password(user, password_hash, now, keep_session=session_id)


def _page(name: str, error: str | None = None) -> str:
    browser = current_browser()
    first = browser is None or browser.user.password_hash is None
    return render_template("account/password.html", username=name, error=error, first=first)
