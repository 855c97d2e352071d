"""/api/v1/sessions: browsers that are signed in; one's own, and for admins everybody's."""

from typing import Any

from flask import Response, abort
from flask_openapi import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from gamepilot_mon.auth import sessions
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web import people, store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.policy import may
from gamepilot_mon.web.signed_in import current_browser, current_principal

blueprint = APIBlueprint("sessions", __name__, url_prefix="/api/v1/sessions")


class Whose(BaseModel):
    model_config = ConfigDict(extra="forbid")

    everyone: bool = Field(default=False, description="Those of every user; needs the role admin.")


class SessionId(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("")
def list_sessions(query: Whose) -> Response:
    """The open sessions, newest first. `current` is the one that asks; a token has none of its own."""
    if query.everyone and not _is_admin():
        abort(403, description="Only an admin sees the sessions of others.")
    now = utcnow()
    return success(now, data=store.read(_listing, None if query.everyone else _own_user_id(), _own_id(), now))


@blueprint.delete("/<int:id>")
def end_session(path: SessionId) -> Response:
    """Sign that browser out at once, with what is open by it."""
    user_id = None if _is_admin() else _own_user_id()
    if not store.write(sessions.end, path.id, utcnow(), user_id=user_id):
        abort(404)
    return success(utcnow(), message="The session has ended")


def _listing(user_id: int | None, own_id: int | None, now: int) -> list[dict[str, Any]]:
    found = sessions.open_ones(now, user_id=user_id)
    return [{**people.session_document(row, user), "current": row.id == own_id} for row, user in found]


def _is_admin() -> bool:
    return may(current_principal(), "admin")


def _own_user_id() -> int:
    """0, which nobody has, for a token."""
    browser = current_browser() if _by_browser() else None
    return browser.user.id if browser else 0


def _own_id() -> int | None:
    browser = current_browser() if _by_browser() else None
    return browser.session.id if browser else None


def _by_browser() -> bool:
    principal = current_principal()
    return principal is not None and principal.kind == "session"
