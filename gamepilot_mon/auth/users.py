"""Users: people who sign in with a browser.

Hashing is the caller's (passwords.py), because it is too slow for a write.
"""

import re
from typing import Any

from gamepilot_mon import audit, db
from gamepilot_mon.auth import sessions
from gamepilot_mon.models import User

CONSOLE_NAME = "admin"
BROWSER_ROLES = ("viewer", "operator", "admin")
NAME_RULE = "A name has 1 to 64 characters: letters, digits, . _ @ + -"
_NAME = re.compile(r"[\w.@+-]{1,64}")


class NameTaken(Exception):
    """Another user has that name."""


class LastAdmin(Exception):
    """Without this user nobody could administer the monitor with a browser."""


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def add(name: str, role: str, now: int, *, password_hash: str | None = None) -> User:
    """Inside the caller's write()."""
    if find(name):
        raise NameTaken(name)
    audit.record("user.added", name, now, role=role)
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
    audit.record("user.password_set", user.name, now)
    sessions.end_all(user.id, now, but=keep_session)


def rename(user: User, name: str, now: int) -> None:
    """Inside the caller's write()."""
    other = find(name)
    if other is not None and other.id != user.id:
        raise NameTaken(name)
    if name != user.name:
        User.update(name=name).where(User.id == user.id).execute()
        audit.record("user.renamed", name, now, before=user.name)


def change(user: User, now: int, *, role: str | None = None, disabled: bool | None = None) -> None:
    """Inside the caller's write(); None leaves it. Raises LastAdmin for what would leave no enabled admin."""
    ends = disabled is True or (role is not None and role != "admin")
    if ends and is_last_admin(user):
        raise LastAdmin(user.name)
    if role is not None and role != user.role:
        set_role(user, role, now)
    if disabled is not None and disabled != (user.disabled_at is not None):
        (disable if disabled else enable)(user, now)


def set_role(user: User, role: str, now: int) -> None:
    """Inside the caller's write(); what the user has open with the old role ends at once."""
    User.update(role=role).where(User.id == user.id).execute()
    audit.record("user.role_changed", user.name, now, before=user.role, role=role)
    db.touch("credentials")


def disable(user: User, now: int) -> None:
    """Inside the caller's write(); open sessions end at once."""
    User.update(disabled_at=now).where(User.id == user.id).execute()
    audit.record("user.disabled", user.name, now)
    sessions.end_all(user.id, now)
    db.touch("credentials")


def enable(user: User, now: int) -> None:
    """Inside the caller's write(). Sessions that were ended stay so."""
    User.update(disabled_at=None).where(User.id == user.id).execute()
    audit.record("user.enabled", user.name, now)


def of_console(now: int) -> User:
    """The admin that a one-time link signs in, inside the caller's write().

    Whoever reads the console may administer the store anyway, so a disabled `admin` is enabled again.
    """
    user = find(CONSOLE_NAME) or _oldest_admin()
    if user is None:
        return add(CONSOLE_NAME, "admin", now)
    User.update(role="admin", disabled_at=None).where(User.id == user.id).execute()
    return user


def is_last_admin(user: User) -> bool:
    others = _admins().where(User.id != user.id)
    return user.role == "admin" and user.disabled_at is None and not others.exists()


def _oldest_admin() -> User | None:
    oldest: User | None = _admins().order_by(User.id).first()
    return oldest


def _admins() -> Any:
    return User.select().where((User.role == "admin") & User.disabled_at.is_null())
