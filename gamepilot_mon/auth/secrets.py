"""Random credentials and the hash that is kept in their place.

They carry 256 random bits, so a fast hash is enough and its equality in an index tells an attacker nothing.
"""

import hashlib
import secrets

BYTES = 32


def fresh(prefix: str = "") -> str:
    return prefix + secrets.token_urlsafe(BYTES)


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
