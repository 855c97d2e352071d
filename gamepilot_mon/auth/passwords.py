"""Password hashes: Argon2id. Slow on purpose (tens of ms), so never call these on an event loop."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1_000

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Made when a password is first looked at: every command would start a tenth of a second later."""
    return _hasher.hash("the password of nobody")


def problem(password: str) -> str | None:
    """Why `password` cannot be chosen, as a sentence; None when it can."""
    if len(password) < SHORTEST:
        return f"The password must have at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"The password must have at most {LONGEST} characters."
    return None


def hash_of(password: str) -> str:
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Takes the same time for an unknown user or one without a password (kept=None), and is then False."""
    nobody = _nobody()  # for whoever comes first, known or not
    try:
        verified = _hasher.verify(kept or nobody, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return verified and kept is not None
