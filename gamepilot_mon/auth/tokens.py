"""Tokens: opaque credentials for programs. The text is shown once; only its hash is kept."""

from typing import Any

import peewee

from gamepilot_mon import audit, db
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.secrets import fresh, hashed
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Token

PREFIX = "gpm_"


def create(role: str, name: str, now: int, *, lifetime_ms: int | None = None) -> str:
    """The new token's text, inside the caller's write(). No lifetime means until it is revoked."""
    return made(role, name, now, lifetime_ms=lifetime_ms)[1]


def made(role: str, name: str, now: int, *, lifetime_ms: int | None = None) -> tuple[Token, str]:
    """As create(), with the row."""
    text = fresh(PREFIX)
    token: Token = Token.create(
        name=name, role=role, token_hash=hashed(text), created_at=now, created_by=audit.actor().name,
        expires_at=None if lifetime_ms is None else now + lifetime_ms,
    )  # fmt: skip
    audit.record("token.created", f"token {token.id}", now, name=name, role=role)
    return token, text


def verify(text: str, now: int) -> Principal | None:
    token = Token.get_or_none((Token.token_hash == hashed(text)) & _valid(now))
    return _principal(token) if token else None


def revoke(token_id: int, now: int) -> bool:
    """Inside the caller's write(); False when there is no such token or it is revoked already."""
    changed = (
        Token.update(revoked_at=now).where((Token.id == token_id) & Token.revoked_at.is_null()).execute()
    )
    if changed:
        audit.record("token.revoked", f"token {token_id}", now)
    db.touch("credentials")
    return bool(changed)


def used(token_id: int, now: int) -> None:
    """Inside the caller's write()."""
    Token.update(used_at=now).where(Token.id == token_id).execute()


def ordered() -> list[Token]:
    return list(Token.select().order_by(Token.id))


def state(token: Token, now: int) -> str:
    """valid, revoked or expired."""
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= now else "valid"


def _valid(now: int) -> peewee.Expression:
    return Token.revoked_at.is_null() & (Token.expires_at.is_null() | (Token.expires_at > now))


def _principal(token: Token) -> Principal:
    return Principal(token.name, token.role, "token", str(token.id), token.expires_at)


def document(token: Token, now: int) -> dict[str, Any]:
    """As the API, the pages and the CLI show it; never its text."""
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "state": state(token, now),
        "createdAt": iso(token.created_at),
        "createdBy": token.created_by,
        "lastUsedAt": _iso(token.used_at),
        "expiresAt": _iso(token.expires_at),
        "revokedAt": _iso(token.revoked_at),
    }


def count_valid(now: int) -> int:
    return int(Token.select().where(_valid(now)).count())


def _iso(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
