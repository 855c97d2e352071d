"""Users: people who sign in with a browser.

Hashing is the caller's (passwords.py), because it is too slow for a write.
"""

import re

from gamepilot_mon import db
from gamepilot_mon.auth import sessions
from gamepilot_mon.models import User

CONSOLE_NAME = "admin"
NAME_RULE = "A name has 1 to 64 characters: letters, digits, . _ @ + -"
_NAME = re.compile(r"[\w.@+-]{1,64}")


class NameTaken(Exception):
    """Another user has that name."""


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def add(name: str, role: str, now: int, *, password_hash: str | None = None) -> User:
    """Inside the caller's write()."""
    if find(name):
        raise NameTaken(name)
    return User.create(name=name, role=role, password_hash=password_hash, created_at=now)


def find(name: str) -> User | None:
    return User.get_or_none(User.name == name)


def enabled(name: str) -> User | None:
    return User.get_or_none((User.name == name) & User.disabled_at.is_null())


def by_id(user_id: int) -> User | None:
    return User.get_or_none(User.id == user_id)


def ordered() -> list[User]:
    return list(User.select().order_by(User.name))


def set_password(user: User, password_hash: str, now: int, *, keep_session: int | None = None) -> None:
    """Inside the caller's write(); signs the user out everywhere but in `keep_session`."""
    User.update(password_hash=password_hash).where(User.id == user.id).execute()
    sessions.end_all(user.id, now, but=keep_session)


def rename(user: User, name: str) -> None:
    """Inside the caller's write()."""
    other = find(name)
    if other and other.id != user.id:
        raise NameTaken(name)
    User.update(name=name).where(User.id == user.id).execute()


def disable(user: User, now: int) -> None:
    """Inside the caller's write(); open sessions end at once."""
    User.update(disabled_at=now).where(User.id == user.id).execute()
    sessions.end_all(user.id, now)
    db.touch("credentials")


def of_console(now: int) -> User:
    """The admin that a one-time link signs in, inside the caller's write().

    Whoever reads the console may administer the store anyway, so a disabled `admin` is enabled again.
    """
    user = find(CONSOLE_NAME) or _oldest_admin()
    if user is None:
        return add(CONSOLE_NAME, "admin", now)
    User.update(role="admin", disabled_at=None).where(User.id == user.id).execute()
    return user


def _oldest_admin() -> User | None:
    admins = User.select().where((User.role == "admin") & User.disabled_at.is_null())
    oldest: User | None = admins.order_by(User.id).first()
    return oldest
