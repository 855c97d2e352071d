"""/people/tokens: credentials for programs."""

from typing import Any

from flask import redirect, request
from pydantic import ValidationError

from gamepilot_mon.auth import tokens
from gamepilot_mon.auth.principals import ROLES
from gamepilot_mon.clock import DAY_MS, utcnow
from gamepilot_mon.models import Token
from gamepilot_mon.web import store
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.pages.people import Answer, blueprint, counts
from gamepilot_mon.web.tokens import NewToken, refuse_own

LIFETIMES = {"": "Until it is revoked", "30": "30 days", "90": "90 days", "365": "A year"}  # by days
PAGE = 100


@blueprint.get("/tokens")
def token_listing() -> str:
    return _tokens()


@blueprint.post("/tokens")
def change_tokens() -> Answer:
    return _revoke() if request.form.get("do") == "revoke" else _create()


def _create() -> Answer:
    """The text is part of this answer and is never shown again, so it is no redirect."""
    now = utcnow()
    asked = {name: request.form.get(name, "").strip() for name in ("name", "role", "days")}
    try:
        wanted = NewToken(name=asked["name"], role=asked["role"], forMs=_lifetime(asked["days"]))  # type: ignore[arg-type]
    except (ValidationError, ValueError) as error:
        return _tokens(asked=asked, error=_why(error)), 422
    row, text = store.write(tokens.made, wanted.role, wanted.name, now, lifetime_ms=wanted.forMs)
    return _tokens(made={"name": row.name, "role": row.role, "text": text}), 201


def _revoke() -> Answer:
    chosen = request.form.get("token", "")
    if chosen.isdecimal():
        refuse_own(int(chosen[:18]))
        store.write(tokens.revoke, int(chosen[:18]), utcnow())
    return redirect("/people/tokens", 303)


def _lifetime(days: str) -> int | None:
    if days not in LIFETIMES:
        raise ValueError("Choose how long it is valid.")
    return int(days) * DAY_MS if days else None


def _why(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]["loc"][0]
    return {"name": "A token needs a name of 1 to 200 characters.", "role": "Choose a role."}.get(
        str(first), ""
    )


def _tokens(**members: Any) -> str:
    before = request.args.get("before", "")
    page = Page(before=int(before[:18]) or None if before.isdecimal() else None, limit=PAGE)
    shown = {"asked": None, "error": None, "made": None, **members}
    return shell.render("people/tokens.html", _listing, page, utcnow(), **shown)


def _listing(page: Page, now: int) -> dict[str, Any]:
    rows = rows_of(Token, page)
    return {
        "tokens": [tokens.document(row, now) for row in rows],
        "following": following([row.id for row in rows], page),
        "counts": counts(now),
        "roles": ROLES,
        "lifetimes": LIFETIMES,
    }
