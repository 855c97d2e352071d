"""Users and sessions as documents, and making them: what the API and the pages share.

None of these documents holds a password, a session's key or a one-time secret.
"""

import re
from typing import Any

from gamepilot_mon.auth import second_factors, sign_in_links, users
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Session, User

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip
_WORD = re.compile(r"[\w.-]{1,30}")


def user_document(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled_at is not None,
        "createdAt": iso(user.created_at),
        "disabledAt": _iso(user.disabled_at),
        "hasPassword": user.password_hash is not None,
        "twoFactor": second_factors.is_on(user.id),
    }


def session_document(session: Session, user: User) -> dict[str, Any]:
    return {
        "id": session.id,
        "user": user.name,
        "role": user.role,
        "browser": browser_of(session.agent),
        "address": session.address,
        "createdAt": iso(session.created_at),
        "lastUsedAt": _iso(session.used_at),
        "expiresAt": iso(session.expires_at),
    }


def add_user(name: str, role: str, now: int) -> tuple[User, str]:
    """The user without a password, and the token of their first sign-in link. Inside a write(); raises NameTaken."""
    user = users.add(name, role, now)
    return user, sign_in_links.create_for(user, now)


def browser_of(agent: str | None) -> str | None:
    """`Firefox on Linux`; the first word of what is no browser."""
    if not agent:
        return None
    browser = next((name for sign, name in _BROWSERS if sign in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if browser is None:
        word = _WORD.match(agent)
        return word[0] if word else None
    return f"{browser} on {system}" if system else browser


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
