"""/sign-in/code: the second step of signing in, for whoever has switched it on."""

import logging

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from gamepilot_mon.auth import second_factors
from gamepilot_mon.auth.sealed import Unreadable
from gamepilot_mon.clock import MINUTE_MS, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import half_signed_in, sign_in, signed_in, store
from gamepilot_mon.web.guesses import Guesses
from gamepilot_mon.web.scheme import client_address

log = logging.getLogger(__name__)

blueprint = Blueprint("sign_in_code", __name__, url_prefix="/sign-in/code")

# Of each user, from wherever: three of a million codes are right at any time.
guesses = Guesses(limit=5, span_ms=5 * MINUTE_MS)

WRONG = "That code is not right, or it has been used. Wait for the next one."
UNREADABLE = (
    "Your two-factor sign-in cannot be read, because the key of this monitor was changed. Ask an admin to run:"
    " gamepilot-mon user reset-totp"
)


@blueprint.get("")
def page() -> Response | str:
    if half_signed_in.current(utcnow()) is None:
        return redirect("/sign-in", 303)
    return _page()


@blueprint.post("")
def submit() -> Response | tuple[str, int]:
    now = utcnow()
    half = half_signed_in.current(now)
    if half is None:
        return redirect("/sign-in", 303)
    sign_in.slow_down(guesses, str(half.user.id), now)
    try:
        how = store.write(
            _accept, half.user, request.form.get("code", "")[:100], signed_in.second_factor_key(),
            client_address(), now,
        )  # fmt: skip
    except Unreadable:
        log.error("the second factor of user %s was sealed with another key", half.user.id)
        return _page(UNREADABLE), 409
    if how is None:
        return _page(WRONG), 401
    guesses.forgive(str(half.user.id))
    sign_in.start_session(half.user, how, now)
    return redirect(half.onward, 303)


def _accept(user: User, code: str, key: str, address: str, now: int) -> str | None:
    how = second_factors.accept(user, code, key, now)
    if how is None:
        sign_in.record_failure(user.name, "code", address, now)
    return how


def _page(error: str | None = None) -> str:
    return render_template("sign_in/code.html", error=error)
