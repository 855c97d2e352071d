"""/people: users: who they are, what they may do, and letting them in or out."""

from typing import Any

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from gamepilot_mon.auth import second_factors, sessions, sign_in_links, tokens, users
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import User
from gamepilot_mon.web import people, store
from gamepilot_mon.web.pages import shell
from gamepilot_mon.web.problems import Pointed
from gamepilot_mon.web.signed_in import current_browser
from gamepilot_mon.web.users import LAST_ADMIN, enabled, known, link_document

blueprint = Blueprint("people_pages", __name__, url_prefix="/people")

Answer = Response | str | tuple[str, int]


@blueprint.get("")
def listing() -> str:
    return _users()


@blueprint.post("")
def add() -> Answer:
    """The link is part of this answer and is never shown again, so it is no redirect."""
    now, name, role = utcnow(), request.form.get("name", "").strip(), request.form.get("role", "")
    asked = {"name": name, "role": role}
    if not users.is_name(name):
        return _users(asked=asked, error=users.NAME_RULE), 422
    if role not in users.BROWSER_ROLES:
        return _users(asked=asked, error="Choose a role."), 422
    try:
        user, token = store.write(people.add_user, name, role, now)
    except users.NameTaken:
        return _users(asked=asked, error="There is a user of that name."), 409
    return _users(made={"name": user.name, **link_document(token, now)}), 201


@blueprint.get("/<int:user_id>")
def person(user_id: int) -> str:
    return _person(user_id)


@blueprint.post("/<int:user_id>")
def change_person(user_id: int) -> Answer:
    now, wanted = utcnow(), request.form.get("do", "")
    if wanted == "link":
        return _person(user_id, made=link_document(store.write(_link, user_id, now), now)), 201
    try:
        store.write(_change, user_id, wanted, request.form.get("role", ""), now)
    except users.LastAdmin:
        return _person(user_id, error=LAST_ADMIN), 409
    except Pointed as refused:
        return _person(user_id, error=refused.detail), refused.status
    return redirect(f"/people/{user_id}", 303)


def counts(now: int) -> dict[str, int]:
    """What the tabs of these pages say."""
    return {
        "users": User.select().count(),
        "tokens": tokens.count_valid(now),
        "sessions": len(sessions.open_ones(now)),
    }


def _users(**members: Any) -> str:
    shown = {"asked": None, "error": None, "made": None, **members}
    return shell.render("people/users.html", _listing, utcnow(), **shown)


def _listing(now: int) -> dict[str, Any]:
    last_seen = _last_seen(now)
    rows = [{**people.user_document(user), "lastSeenAt": last_seen.get(user.id)} for user in users.ordered()]
    return {"users": rows, "counts": counts(now), "roles": users.BROWSER_ROLES}


def _last_seen(now: int) -> dict[int, str]:
    """Of whom a session is open: when the newest of them was used."""
    found: dict[int, int] = {}
    for session, user in sessions.open_ones(now):
        found[user.id] = max(found.get(user.id, 0), session.used_at or session.created_at)
    return {user_id: iso(at) for user_id, at in found.items()}


def _person(user_id: int, **members: Any) -> str:
    shown = {"error": None, "made": None, **members}
    browser = current_browser()
    here = browser.session.id if browser else None
    return shell.render("people/person.html", _one, user_id, here, utcnow(), **shown)


def _one(user_id: int, here: int | None, now: int) -> dict[str, Any]:
    user = known(user_id)
    return {
        "person": people.user_document(user),
        "last_admin": users.is_last_admin(user),
        "roles": users.BROWSER_ROLES,
        "sessions": [
            {**people.session_document(row, owner), "here": row.id == here}
            for row, owner in sessions.open_ones(now, user_id=user_id)
        ],
    }


def _link(user_id: int, now: int) -> str:
    return sign_in_links.create_for(enabled(user_id), now)


def _change(user_id: int, wanted: str, role: str, now: int) -> None:
    user = known(user_id)
    if wanted == "role" and role in users.BROWSER_ROLES:
        users.change(user, now, role=role)
    elif wanted in ("disable", "enable"):
        users.change(user, now, disabled=wanted == "disable")
    elif wanted == "reset-two-factor":
        second_factors.disable(user, now)
    elif wanted == "end-sessions":
        sessions.end_all(user.id, now)
    else:
        abort(400)
