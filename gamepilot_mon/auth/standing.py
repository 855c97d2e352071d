"""Standing: which of the principals that hold something open have lost their credential since."""

from collections.abc import Collection

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.models import Session, Token, User

CHUNK = 500


def fallen(principals: Collection[Principal], now: int) -> set[Principal]:
    """Those revoked, signed out, disabled, expired, or given another role."""
    standing = {("token", id): role for id, role in _tokens(_ids(principals, "token"))}
    standing |= {("session", id): role for id, role in _sessions(_ids(principals, "session"))}
    return {p for p in principals if _expired(p, now) or _lost(p, standing)}


def _expired(principal: Principal, now: int) -> bool:
    return principal.expires_at is not None and principal.expires_at <= now


def _lost(principal: Principal, standing: dict[tuple[str, str], str]) -> bool:
    return principal.kind != "jwt" and standing.get((principal.kind, principal.id)) != principal.role


def _ids(principals: Collection[Principal], kind: str) -> list[int]:
    return sorted({int(p.id) for p in principals if p.kind == kind})


def _tokens(ids: list[int]) -> list[tuple[str, str]]:
    rows = []
    for start in range(0, len(ids), CHUNK):
        valid = Token.id.in_(ids[start : start + CHUNK]) & Token.revoked_at.is_null()
        rows += [(str(token.id), token.role) for token in Token.select().where(valid)]
    return rows


def _sessions(ids: list[int]) -> list[tuple[str, str]]:
    rows = []
    for start in range(0, len(ids), CHUNK):
        open_now = Session.id.in_(ids[start : start + CHUNK]) & Session.ended_at.is_null()
        sessions = list(Session.select().where(open_now))
        roles = _roles({session.user_id for session in sessions})
        rows += [(str(s.id), roles[s.user_id]) for s in sessions if s.user_id in roles]
    return rows


def _roles(user_ids: set[int]) -> dict[int, str]:
    users = User.select().where(User.id.in_(user_ids) & User.disabled_at.is_null())
    return {user.id: user.role for user in users}
