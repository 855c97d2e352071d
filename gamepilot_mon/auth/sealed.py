"""Sealing: short secrets that have to be read again, kept so that a copy of the store alone does not show them.

The key lies outside the store (secret_key.py). A text of up to 32 bytes is covered by one block of HMAC-SHA-256 over a
random nonce, and a second HMAC over all of it shows that nothing was changed and that it belongs to its owner.
"""

import base64
import hmac
import secrets

NONCE = 16
TAG = 32
LONGEST = 32


class Unreadable(Exception):
    """Sealed with another key, for another owner, or damaged."""


def seal(text: str, owner: str, key: str) -> str:
    plain = text.encode()
    if len(plain) > LONGEST:
        raise ValueError(f"at most {LONGEST} bytes can be sealed")
    nonce = secrets.token_bytes(NONCE)
    covered = _covered(plain, nonce, key)
    return base64.b64encode(nonce + covered + _tag(nonce + covered, owner, key)).decode()


def unseal(kept: str, owner: str, key: str) -> str:
    """Raises Unreadable."""
    try:
        blob = base64.b64decode(kept, validate=True)
    except ValueError:
        raise Unreadable from None
    body, tag = blob[:-TAG], blob[-TAG:]
    if len(body) < NONCE or not hmac.compare_digest(tag, _tag(body, owner, key)):
        raise Unreadable
    return _covered(body[NONCE:], body[:NONCE], key).decode()


def _covered(text: bytes, nonce: bytes, key: str) -> bytes:
    """Covering twice uncovers."""
    block = hmac.digest(_derived(key, "cover"), nonce, "sha256")
    return bytes(a ^ b for a, b in zip(text, block, strict=False))


def _tag(body: bytes, owner: str, key: str) -> bytes:
    return hmac.digest(_derived(key, "tag"), owner.encode() + b"\0" + body, "sha256")


def _derived(key: str, purpose: str) -> bytes:
    return hmac.digest(key.encode(), f"second factor: {purpose}".encode(), "sha256")
