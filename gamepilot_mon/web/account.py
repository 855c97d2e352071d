"""/account/password: a person's own name and password."""

from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from gamepilot_mon.auth import passwords, users
from gamepilot_mon.clock import MINUTE_MS, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import store
from gamepilot_mon.web.signed_in import Browser, current_browser

FRESH_MS = 15 * MINUTE_MS

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/password")
def password() -> Response | str:
    browser = _browser()
    return _page(browser.name) if _is_fresh(browser, utcnow()) else _sign_in_again()


@blueprint.post("/password")
def set_password() -> Response | tuple[str, int]:
    now = utcnow()
    browser = _browser()
    if not _is_fresh(browser, now):
        return _sign_in_again()
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


def _browser() -> Browser:
    """A password belongs to a person, so a token is not enough here."""
    browser = current_browser()
    if browser is None:
        abort(403, description="Only a signed-in browser has a password.")
    return browser


def _is_fresh(browser: Browser, now: int) -> bool:
    """A recent sign-in stands in for asking for the old password, which a one-time link's user has not got."""
    return now - browser.session.created_at <= FRESH_MS


def _sign_in_again() -> Response:
    return redirect("/sign-in?" + urlencode({"next": "/account/password"}), 303)


def _problem(name: str) -> str | None:
    if not users.is_name(name):
        return users.NAME_RULE
    chosen = request.form.get("password", "")
    if request.form.get("password_again", chosen) != chosen:
        return "The two passwords differ."
    return passwords.problem(chosen)


def _change(user: User, name: str, password_hash: str, now: int, session_id: int) -> None:
    users.rename(user, name)
    users.set_password(user, password_hash, now, keep_session=session_id)


def _page(name: str, error: str | None = None) -> str:
    return render_template("account/password.html", username=name, error=error)
