"""VAPID (RFC 8292): the key pair by which push services know this installation. Made once; browsers subscribe to
its public half, so another pair would end every subscription.

The libraries are an extra, imported with the first use.
"""

from importlib.util import find_spec
from urllib.parse import urlsplit

from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.models import Fact
from gamepilot_mon.settings import Settings

NAME = "vapid_private_key"
TOKEN_MS = 12 * HOUR_MS  # a push service refuses more than 24 hours
INSTALL = "pip install 'gamepilot-mon[push]'"


def is_installed() -> bool:
    return all(find_spec(name) for name in ("http_ece", "py_vapid"))


def subject(settings: Settings) -> str:
    """Whom a push service may write to about our messages."""
    url = settings.public_url
    return url if url and url.startswith("https://") else f"mailto:{settings.email_from}"


def private_key() -> str | None:
    found = Fact.get_or_none(Fact.name == NAME)
    return found.value if found else None


def made_private_key() -> str:
    """The stored key, or a new one; inside the caller's write()."""
    stored = private_key()
    if stored is None:
        stored = _generated()
        Fact.create(name=NAME, value=stored)
    return stored


def public_key(private: str) -> str:
    """The uncompressed point as base64url, which is what browsers take."""
    from cryptography.hazmat.primitives import serialization
    from py_vapid import Vapid02
    from py_vapid.utils import b64urlencode

    point = Vapid02.from_string(private).public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return str(b64urlencode(point))


def authorization(private: str, endpoint: str, subject: str, now: int) -> str:
    """The header that tells the push service of `endpoint` who sends."""
    from py_vapid import Vapid02

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": str((now + TOKEN_MS) // 1000),
        "sub": subject,
    }
    return str(Vapid02.from_string(private).sign(claims)["Authorization"])


def _generated() -> str:
    from py_vapid import Vapid02
    from py_vapid.utils import b64urlencode

    pair = Vapid02()
    pair.generate_keys()
    return str(b64urlencode(pair.private_key.private_numbers().private_value.to_bytes(32, "big")))
