"""GamePilot's own tokens: HS256 only, `exp` required, a role only where claims or settings give one."""

import math
from dataclasses import dataclass
from typing import Any

from gamepilot_mon.auth.principals import NONE, Principal, highest
from gamepilot_mon.settings import Settings

_SUBJECTS = ("sub", "userId", "id")
# Times are compared by ourselves with the caller's `now`; the audience is GamePilot's, not ours.
_OPTIONS: Any = {
    "require": ["exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issuer:
    """What is believed of a token: the shared secret, and the roles of user ids."""

    secret: str
    admins: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    default_role: str = NONE


def issuer(settings: Settings) -> Issuer | None:
    if settings.jwt_secret is None:
        return None
    return Issuer(
        settings.jwt_secret.get_secret_value(), settings.jwt_admins, settings.jwt_operators,
        settings.jwt_viewers, settings.jwt_default_role,
    )  # fmt: skip


def verify(text: str, trusted: Issuer, now: int) -> Principal | None:
    """None when forged, malformed, expired or not valid yet; role "none" when nothing gives one."""
    import jwt  # with the first such token: it brings cryptography, 9 MB that most installations never need

    try:
        claims = jwt.decode(text, trusted.secret, algorithms=["HS256"], options=_OPTIONS)
    except jwt.InvalidTokenError:
        return None
    expires_at = _moment(claims["exp"])
    starts_at = _moment(claims["nbf"]) if "nbf" in claims else 0
    if expires_at is None or starts_at is None or not starts_at <= now < expires_at:
        return None
    subject = _subject(claims)
    return Principal(subject or "GamePilot", _role(claims, subject, trusted), "jwt", subject, expires_at)


def _moment(seconds: Any) -> int | None:
    """Epoch ms of a NumericDate; None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return None
    return int(seconds * 1000)


def _subject(claims: dict[str, Any]) -> str:
    found = next((claims[name] for name in _SUBJECTS if claims.get(name) not in (None, "")), "")
    return str(found)[:200]


def _role(claims: dict[str, Any], subject: str, trusted: Issuer) -> str:
    claimed = highest(_words(claims.get("role")) + _words(claims.get("scope")))
    return claimed or _listed_role(subject, trusted) or trusted.default_role


def _words(claim: Any) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else []


def _listed_role(subject: str, trusted: Issuer) -> str | None:
    lists = (("admin", trusted.admins), ("operator", trusted.operators), ("viewer", trusted.viewers))
    return next((role for role, ids in lists if subject and subject in ids), None)
