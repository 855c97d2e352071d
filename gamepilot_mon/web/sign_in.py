"""Signing in and out with a browser: by name and password, or by the one-time link of the console."""

import math

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from gamepilot_mon.auth import passwords, sessions, sign_in_links, users
from gamepilot_mon.clock import SECOND_MS, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import signed_in, store
from gamepilot_mon.web.guesses import Guesses
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.scheme import client_address

blueprint = Blueprint("sign_in", __name__)
guesses = Guesses()

WRONG = "The name or the password is wrong."


@blueprint.get("/sign-in")
def page() -> str:
    return _page()


@blueprint.post("/sign-in")
def submit() -> Response | tuple[str, int]:
    now = utcnow()
    _slow_down(now)
    user = _verified(request.form.get("username") or request.form.get("name", ""))
    if user is None:
        return _page(WRONG), 401
    guesses.forgive(client_address())
    start_session(user, now)
    return redirect(local_path(request.form.get("next", "")), 303)


@blueprint.get("/sign-in/link/<string:token>")
def link(token: str) -> Response:
    """Works once: the account that the console may use, signed in."""
    if request.method == "HEAD":
        return Response()  # something that only looks at links must not use one up
    now = utcnow()
    _slow_down(now)
    user = store.write(_user_of_link, token, now)
    if user is None:
        abort(404, description="This sign-in link has been used, or it has expired.")
    guesses.forgive(client_address())
    start_session(user, now)
    return redirect("/", 303)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    browser = signed_in.current_browser()
    if browser is not None:
        store.write(sessions.end, browser.session.id, utcnow())
    signed_in.sign_out()
    return redirect("/sign-in", 303)


def start_session(user: User, now: int) -> None:
    lifetime_ms = current_app.extensions["settings"].session_lifetime_ms
    signed_in.sign_in(store.write(sessions.create, user, now, lifetime_ms))


def local_path(text: str) -> str:
    """`text` when it is a path of this site, else `/`: a sign-in page must not send people elsewhere."""
    local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if local else "/"


def _page(error: str | None = None) -> str:
    return render_template(
        "sign_in/page.html", error=error, next=local_path(request.values.get("next", "")),
        username=request.form.get("username") or request.form.get("name", ""),
    )  # fmt: skip


def _verified(name: str) -> User | None:
    user = store.read(users.enabled, name)
    password = request.form.get("password", "")
    right = store.compute(passwords.matches, user.password_hash if user else None, password)
    return user if right else None


def _user_of_link(token: str, now: int) -> User | None:
    return users.of_console(now) if sign_in_links.consume(token, now) else None


def _slow_down(now: int) -> None:
    wait_ms = guesses.begin(client_address(), now)
    if wait_ms is not None:
        seconds = math.ceil(wait_ms / SECOND_MS)
        raise Pointed(429, f"Too many tries; wait {seconds} s.", retry_after_s=seconds)
