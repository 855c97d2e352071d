"""One-time codes by time (RFC 6238: HMAC-SHA-1, six digits, 30 seconds), as authenticator apps make them. Pure."""

import hmac
import re

import pyotp

STEP_MS = 30_000
DRIFT = 1  # steps that the app's clock may be off, and that typing may take
ISSUER = "GamePilot Monitor"
_CODE = re.compile(r"[0-9]{6}")


def fresh_secret() -> str:
    """160 random bits as 32 letters and digits (base32)."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """What the QR code says: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def code(secret: str, step: int) -> str:
    return pyotp.HOTP(secret).at(step)


def step_at(now: int) -> int:
    return now // STEP_MS


def step_of(text: str, secret: str, now: int, after: int) -> int | None:
    """The step whose code `text` is, if it is around `now` and later than `after`; None for any other text."""
    typed = "".join(text.split())
    if not _CODE.fullmatch(typed):
        return None
    current = step_at(now)
    steps = range(max(current - DRIFT, after + 1), current + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(code(secret, step), typed)), None)
