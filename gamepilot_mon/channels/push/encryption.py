"""Message encryption for one browser (RFC 8291, aes128gcm): the push service carries what it cannot read."""

import base64

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec


def encrypted(content: bytes, p256dh: str, auth: str) -> bytes:
    body: bytes = http_ece.encrypt(
        content, private_key=ec.generate_private_key(ec.SECP256R1()), dh=_bytes(p256dh),
        auth_secret=_bytes(auth), version="aes128gcm",
    )  # fmt: skip
    return body


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
