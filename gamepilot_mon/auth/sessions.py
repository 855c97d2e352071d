"""Sessions: signed-in browsers, kept here so that they can be ended. The browser holds only a random key."""

import peewee

from gamepilot_mon import db
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.secrets import fresh, hashed
from gamepilot_mon.models import Session, User


def create(user: User, now: int, lifetime_ms: int) -> str:
    """The new session's key, inside the caller's write()."""
    key = fresh()
    Session.insert(
        token_hash=hashed(key), user_id=user.id, created_at=now, expires_at=now + lifetime_ms
    ).execute()
    return key


def find(key: str, now: int) -> tuple[Session, User] | None:
    """The session and its user while neither has ended."""
    session = Session.get_or_none((Session.token_hash == hashed(key)) & _open(now))
    if session is None:
        return None
    user = User.get_or_none((User.id == session.user_id) & User.disabled_at.is_null())
    return (session, user) if user else None


def verify(key: str, now: int) -> Principal | None:
    found = find(key, now)
    return principal(*found) if found else None


def principal(session: Session, user: User) -> Principal:
    return Principal(user.name, user.role, "session", str(session.id), session.expires_at)


def end(session_id: int, now: int) -> None:
    """Inside the caller's write()."""
    Session.update(ended_at=now).where((Session.id == session_id) & Session.ended_at.is_null()).execute()
    db.touch("credentials")


def end_all(user_id: int, now: int, *, but: int | None = None) -> None:
    """Inside the caller's write()."""
    rows = Session.update(ended_at=now).where((Session.user_id == user_id) & Session.ended_at.is_null())
    (rows.where(Session.id != but) if but is not None else rows).execute()
    db.touch("credentials")


def _open(now: int) -> peewee.Expression:
    return Session.ended_at.is_null() & (Session.expires_at > now)
