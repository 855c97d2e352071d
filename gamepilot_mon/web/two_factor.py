"""/account/two-factor: switching the second step of one's own sign-in on and off."""

from typing import Any

import segno
from flask import Blueprint, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from gamepilot_mon.auth import second_factors, totp
from gamepilot_mon.auth.sealed import Unreadable
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import account, sign_in, sign_in_code, store
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.signed_in import Browser, second_factor_key

blueprint = Blueprint("two_factor", __name__, url_prefix="/account/two-factor")

HERE = "/account/two-factor"
WRONG = "That code is not right. Compare the clock of your phone, and type the code that it shows now."

Answer = Response | str | tuple[str, int]


@blueprint.get("")
def page() -> Answer:
    browser = account.own_browser()
    return _page(browser) if account.is_fresh(browser, utcnow()) else account.sign_in_again(HERE)


@blueprint.post("")
def change() -> Answer:
    """A stolen session must not change how one signs in, so a recent sign-in is needed for all of it."""
    browser, now = account.own_browser(), utcnow()
    if not account.is_fresh(browser, now):
        return account.sign_in_again(HERE)
    wanted = {"begin": _begin, "confirm": _confirm, "cancel": _cancel, "codes": _codes, "disable": _disable}
    return wanted.get(request.form.get("do", ""), _nothing)(browser, now)


def _begin(browser: Browser, now: int) -> Answer:
    store.write(second_factors.begin, browser.user, second_factor_key(), now)
    return redirect(HERE, 303)


def _confirm(browser: Browser, now: int) -> Answer:
    sign_in.slow_down(sign_in_code.guesses, str(browser.user.id), now)
    typed = request.form.get("code", "")[:100]
    codes = store.write(second_factors.confirm, browser.user, typed, second_factor_key(), now)
    if codes is None:
        return _page(browser, error=WRONG), 422
    sign_in_code.guesses.forgive(str(browser.user.id))
    return _page(browser, codes=codes)


def _cancel(browser: Browser, now: int) -> Answer:
    store.write(second_factors.cancel, browser.user)
    return redirect("/account", 303)


def _codes(browser: Browser, now: int) -> Answer:
    if not store.read(second_factors.is_on, browser.user.id):
        return redirect(HERE, 303)
    return _page(browser, codes=store.write(second_factors.replace_codes, browser.user, now))


def _disable(browser: Browser, now: int) -> Answer:
    store.write(second_factors.disable, browser.user, now)
    return redirect(HERE, 303)


def _nothing(browser: Browser, now: int) -> Answer:
    return redirect(HERE, 303)


def _page(browser: Browser, *, error: str | None = None, codes: list[str] | None = None) -> str:
    key = second_factor_key()
    return shell.render("account/two_factor.html", _context, browser.user, key, error=error, codes=codes)


def _context(user: User, key: str) -> dict[str, Any]:
    standing = second_factors.standing(user.id)
    secret = _awaited(user, key)
    return {
        "since": iso(standing.since) if standing.since else None,
        "codes_left": standing.codes_left,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        if secret
        else None,
        "picture": _picture(totp.address(secret, user.name)) if secret else None,
    }


def _awaited(user: User, key: str) -> str | None:
    try:
        return second_factors.awaited(user.id, key)
    except Unreadable:
        return None  # begun before the key was changed: it is begun again


def _picture(text: str) -> Markup:
    """The QR code as SVG, black on white in every theme: attributes only, as the page allows no inline style."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff"))
