"""Signing in and out with a browser: by name and password or a one-time link, then by a code where one is due."""

import math

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from werkzeug.sansio.response import Response as AnyResponse
from werkzeug.wrappers import Response

from gamepilot_mon import audit
from gamepilot_mon.auth import passwords, second_factors, sessions, sign_in_links, users
from gamepilot_mon.auth.sessions import Origin
from gamepilot_mon.clock import SECOND_MS, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import half_signed_in, signed_in, store
from gamepilot_mon.web.guesses import Guesses
from gamepilot_mon.web.problems import Pointed, problem, wants_page
from gamepilot_mon.web.scheme import client_address

blueprint = Blueprint("sign_in", __name__)
guesses = Guesses()

WRONG = "The name or the password is wrong."
USED = "This sign-in link has been used, or it has expired."
ANOTHER = "Run gamepilot-mon sign-in-link on the machine for another one, or ask an admin: it works once, for 15 min."
AGENT_LONGEST = 300


@blueprint.get("/sign-in")
def page() -> str:
    return _page()


@blueprint.post("/sign-in")
def submit() -> Response | tuple[str, int]:
    now = utcnow()
    slow_down(guesses, client_address(), now)
    name = request.form.get("username") or request.form.get("name", "")
    user = _verified(name)
    if user is None:
        store.write(record_failure, name, "password", client_address(), now)
        return _page(WRONG), 401
    guesses.forgive(client_address())
    return enter(user, "password", local_path(request.form.get("next", "")), now)


@blueprint.get("/sign-in/link/<string:token>")
def link(token: str) -> AnyResponse:
    """Works once: signs in the user it was made for, or the account that the console may use."""
    if request.method == "HEAD":
        return Response()  # something that only looks at links must not use one up
    now = utcnow()
    slow_down(guesses, client_address(), now)
    found = store.write(_user_of_link, token, now)
    if found is None:
        return _no_longer()
    guesses.forgive(client_address())
    user, of_console = found
    if of_console:  # whoever reads the console may switch a second factor off there anyway
        start_session(user, "link", now)
        return redirect("/", 303)
    return enter(user, "link", "/" if user.password_hash else "/account/password", now)


def _no_longer() -> AnyResponse:
    if not wants_page():
        return problem(404, f"{USED} {ANOTHER}")
    return make_response(render_template("sign_in/used_link.html", title=USED, detail=ANOTHER), 404)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    browser = signed_in.current_browser()
    if browser is not None:
        with audit.acting(audit.Actor(browser.name, "session")):
            store.write(sessions.end, browser.session.id, utcnow())
    signed_in.sign_out()
    return redirect("/sign-in", 303)


def enter(user: User, how: str, onward: str, now: int) -> Response:
    """Signed in, or asked for a code first."""
    if store.read(second_factors.is_on, user.id):
        half_signed_in.remember(user, onward, now)
        return redirect("/sign-in/code", 303)
    start_session(user, how, now)
    return redirect(onward, 303)


def start_session(user: User, how: str, now: int) -> None:
    lifetime_ms = current_app.extensions["settings"].session_lifetime_ms
    origin = Origin(how, client_address(), request.headers.get("User-Agent", "")[:AGENT_LONGEST])
    signed_in.sign_in(store.write(sessions.create, user, now, lifetime_ms, origin))


def local_path(text: str) -> str:
    """`text` when it is a path of this site, else `/`: a sign-in page must not send people elsewhere."""
    local = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if local else "/"


def slow_down(tries: Guesses, whose: str, now: int) -> None:
    """Count a try; raises Pointed 429 when there were too many."""
    wait_ms = tries.begin(whose, now)
    if wait_ms is not None:
        seconds = math.ceil(wait_ms / SECOND_MS)
        raise Pointed(429, f"Too many tries; wait {seconds} s.", retry_after_s=seconds)


def record_failure(name: str, how: str, address: str, now: int) -> None:
    """Inside a write(). A name that nobody has is not kept: it may be a password in the wrong field."""
    subject = name if users.find(name) else "an unknown name"
    audit.record("sign_in.failed", subject, now, how=how, address=address)


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


def _user_of_link(token: str, now: int) -> tuple[User, bool] | None:
    """The user, and whether it is the console's link."""
    found = sign_in_links.consume(token, now)
    if found is None:
        return None
    if found.user_id is None:
        with audit.acting(audit.CONSOLE):
            return users.of_console(now), True
    user = users.by_id(found.user_id)
    return (user, False) if user and user.disabled_at is None else None
