"""The signature of a post: HMAC-SHA256 over `<timestamp>.<body>`, so that neither can be changed or replayed late."""

import hashlib
import hmac

TIMESTAMP = "X-GamePilot-Timestamp"
SIGNATURE = "X-GamePilot-Signature"


def headers(secret: str | None, body: bytes, now: int) -> dict[str, str]:
    """`now` is in ms; the header holds whole seconds."""
    stamp = str(now // 1000)
    if secret is None:
        return {TIMESTAMP: stamp}
    return {TIMESTAMP: stamp, SIGNATURE: f"sha256={sign(secret, stamp, body)}"}


def sign(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
