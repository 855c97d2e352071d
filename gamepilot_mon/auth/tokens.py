"""Tokens: opaque credentials for programs. The text is shown once; only its hash is kept."""

import peewee

from gamepilot_mon import db
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.secrets import fresh, hashed
from gamepilot_mon.models import Token

PREFIX = "gpm_"


def create(role: str, name: str, now: int, *, lifetime_ms: int | None = None) -> str:
    """The new token's text, inside the caller's write(). No lifetime means until it is revoked."""
    text = fresh(PREFIX)
    Token.insert(
        name=name, role=role, token_hash=hashed(text), created_at=now,
        expires_at=None if lifetime_ms is None else now + lifetime_ms,
    ).execute()  # fmt: skip
    return text


def verify(text: str, now: int) -> Principal | None:
    token = Token.get_or_none((Token.token_hash == hashed(text)) & _valid(now))
    return _principal(token) if token else None


def revoke(token_id: int, now: int) -> bool:
    """Inside the caller's write(); False when there is no such token or it is revoked already."""
    changed = (
        Token.update(revoked_at=now).where((Token.id == token_id) & Token.revoked_at.is_null()).execute()
    )
    db.touch("credentials")
    return bool(changed)


def ordered() -> list[Token]:
    return list(Token.select().order_by(Token.id))


def _valid(now: int) -> peewee.Expression:
    return Token.revoked_at.is_null() & (Token.expires_at.is_null() | (Token.expires_at > now))


def _principal(token: Token) -> Principal:
    return Principal(token.name, token.role, "token", str(token.id), token.expires_at)
