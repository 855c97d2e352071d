"""Between the password and the code: who has proven the first and owes the second, in the signed cookie."""

from dataclasses import dataclass

from flask import session

from gamepilot_mon.auth import users
from gamepilot_mon.auth.secrets import hashed
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models import User
from gamepilot_mon.web import store

LASTS_MS = 5 * MINUTE_MS
_KEY = "half_signed_in"


@dataclass(frozen=True, slots=True)
class Half:
    user: User
    onward: str


def remember(user: User, onward: str, now: int) -> None:
    session.clear()
    session[_KEY] = {"user": user.id, "password": _of_password(user), "onward": onward, "at": now}


def current(now: int) -> Half | None:
    """None when nobody is, the time is over, or the password has been changed since."""
    kept = session.get(_KEY)
    if not kept or not 0 <= now - kept["at"] <= LASTS_MS:
        return None
    user = store.read(users.by_id, kept["user"])
    if user is None or user.disabled_at is not None or _of_password(user) != kept["password"]:
        return None
    return Half(user, kept["onward"])


def _of_password(user: User) -> str:
    """Which password it was, without telling anything of it."""
    return hashed(user.password_hash or "")[:16]
