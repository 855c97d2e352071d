"""Sessions: signed-in browsers, kept here so that they can be ended. The browser holds only a random key."""

from dataclasses import dataclass

import peewee

from gamepilot_mon import audit, db
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.secrets import fresh, hashed
from gamepilot_mon.models import Session, User


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody signed in, and how: password, code, recovery or link."""

    how: str = "password"
    address: str | None = None
    agent: str | None = None


def create(user: User, now: int, lifetime_ms: int, origin: Origin | None = None) -> str:
    """The new session's key, inside the caller's write()."""
    key, origin = fresh(), origin or Origin()
    Session.insert(
        token_hash=hashed(key), user_id=user.id, created_at=now, used_at=now, expires_at=now + lifetime_ms,
        address=origin.address, agent=origin.agent,
    ).execute()  # fmt: skip
    by = audit.Actor(user.name, "session")
    audit.record("sign_in.done", user.name, now, by=by, how=origin.how, address=origin.address)
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


def used(session_id: int, now: int) -> None:
    """Inside the caller's write()."""
    Session.update(used_at=now).where(Session.id == session_id).execute()


def open_ones(now: int, *, user_id: int | None = None) -> list[tuple[Session, User]]:
    """The newest first; of one user or of everybody."""
    users = {user.id: user for user in User.select()}
    rows = Session.select().where(_open(now)).order_by(Session.id.desc())
    rows = rows if user_id is None else rows.where(Session.user_id == user_id)
    return [(row, users[row.user_id]) for row in rows if row.user_id in users]


def end(session_id: int, now: int, *, user_id: int | None = None) -> bool:
    """Inside the caller's write(); False when it is unknown or over, or not that user's when one is given."""
    which = (Session.id == session_id) & Session.ended_at.is_null()
    session = Session.get_or_none(which if user_id is None else which & (Session.user_id == user_id))
    if session is None:
        return False
    Session.update(ended_at=now).where(Session.id == session_id).execute()
    audit.record("session.ended", _owner(session.user_id), now, session=session_id)
    db.touch("credentials")
    return True


def end_all(user_id: int, now: int, *, but: int | None = None) -> int:
    """Inside the caller's write(); how many."""
    rows = Session.update(ended_at=now).where((Session.user_id == user_id) & _open(now))
    ended = int((rows.where(Session.id != but) if but is not None else rows).execute())
    if ended:
        audit.record("session.ended", _owner(user_id), now, sessions=ended)
    db.touch("credentials")
    return ended


def _owner(user_id: int) -> str:
    user = User.get_or_none(User.id == user_id)
    return user.name if user else f"user {user_id}"


def _open(now: int) -> peewee.Expression:
    return Session.ended_at.is_null() & (Session.expires_at > now)
