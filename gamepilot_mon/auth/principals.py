"""Principals: who is asking, and which role a thing requires of them."""

from dataclasses import dataclass
from typing import Literal

NONE = "none"  # signed in, but with no role here: may do nothing
ROLES = ("ingest", "viewer", "operator", "admin")
_LADDER = ("viewer", "operator", "admin")

Kind = Literal["token", "jwt", "session"]


@dataclass(frozen=True, slots=True)
class Principal:
    name: str
    role: str  # one of ROLES, or NONE
    kind: Kind
    id: str  # of the token row, the session row, or the JWT's subject
    expires_at: int | None = None


def permits(role: str, required: str) -> bool:
    """Whether `role` is enough. viewer < operator < admin; ingest stands apart, and admin has it too."""
    if required == "ingest":
        return role in ("ingest", "admin")
    return role in _LADDER and required in _LADDER and _LADDER.index(role) >= _LADDER.index(required)


def highest(roles: list[str]) -> str | None:
    """The most powerful known role of those named; None when none is known."""
    known = [role for role in roles if role in ROLES]
    return max(known, key=ROLES.index, default=None)
