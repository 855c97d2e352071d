"""Acknowledge links: a signed address in a message that lets its reader acknowledge one alert without signing in.

The link is a capability, so it is narrow: one alert, one channel as it was addressed then, 24 hours. Nothing of it
is stored; whoever holds the secret key can check it.
"""

import hashlib
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from gamepilot_mon.auth.secret_key import secret_key
from gamepilot_mon.channels import Message
from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.destinations import Destination
from gamepilot_mon.settings import Settings

LIFETIME_MS = 24 * HOUR_MS
CHANNELS = frozenset(
    {"slack", "email"}
)  # kinds whose messages people read; no machine is handed a capability


@dataclass(frozen=True, slots=True)
class Link:
    """What a link was made for: `audience` stands for those whom the channel told, `expires_at` is epoch ms."""

    alert_id: int
    channel: str
    audience: str
    expires_at: int


def url_for(settings: Settings, to: Destination, message: Message, now: int) -> str | None:
    """The address for `message`, or None where there is nothing to acknowledge or no public address to name."""
    if settings.public_url is None or to.kind not in CHANNELS:
        return None
    if message.alert_id is None or message.change == "test" or message.status != "firing":
        return None
    link = Link(message.alert_id, to.name, audience(to), now + LIFETIME_MS)
    return f"{settings.public_url}/acknowledge/{sign(settings, link)}"


def audience(to: Destination) -> str:
    """Changes when the channel is given other receivers: a link sent to those of before is worth nothing then."""
    receivers = getattr(to.config, "recipients", None) or getattr(to.config, "channel", "")
    return hashlib.sha256(repr(receivers).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def sign(settings: Settings, link: Link) -> str:
    return str(
        _serializer(settings).dumps([link.alert_id, link.channel, link.audience, link.expires_at])
    )  # fmt: skip


def read(settings: Settings, text: str) -> Link | None:
    """The link that `text` is, or None when this key did not sign it. Its age is the caller's to judge."""
    try:
        return Link(*_serializer(settings).loads(text))
    except (BadData, TypeError):
        return None


def _serializer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret_key(settings), "acknowledge-link",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )  # fmt: skip
