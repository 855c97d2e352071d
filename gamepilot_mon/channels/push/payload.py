"""A message as the service worker gets it, and the headers that tell the push service how to treat it. Pure."""

import base64
import hashlib
import json

from gamepilot_mon.channels import Message, wording
from gamepilot_mon.channels.clean import clean, one_line, shorten

BYTES_MAX = 2_800
"""a push service takes 4096 of the encrypted form"""
TEXT_MAX = 800
_TTL_S = {"high": 86_400, "normal": 43_200, "low": 14_400}
_URGENCIES = {"critical": "high", "warning": "normal"}
TEST_TTL_S = 600


def payload(message: Message) -> bytes:
    length = TEXT_MAX
    while len(encoded := _encoded(message, length)) > BYTES_MAX and length > 25:
        length //= 2
    return encoded


def headers(message: Message) -> dict[str, str]:
    """Topic: of one alert the push service keeps the newest message only for a browser that is not there."""
    urgency = _URGENCIES.get(wording.state(message), "low")
    # Whoever was woken by a critical has to hear of its end as soon as the browser is there.
    urgency = "normal" if message.change == "resolved" and message.severity == "critical" else urgency
    ttl_s = TEST_TTL_S if message.change == "test" else _TTL_S[urgency]
    return {"TTL": str(ttl_s), "Urgency": urgency, "Topic": tag(message)}


def tag(message: Message) -> str:
    """The same for all messages about one alert: at most 32 letters of base64url, which says nothing of it."""
    key = f"test:{message.notification_id}" if message.change == "test" else message.fingerprint
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:32]


def _encoded(message: Message, length: int) -> bytes:
    notes = [f"{note}" for note in wording.notes(message)]
    text = shorten(" ".join([clean(message.text).strip(), *notes]), length)
    url = wording.safe_url(message.url)
    shown = {
        "id": message.notification_id,
        "severity": wording.state(message),
        "change": message.change,
        "title": shorten(f"{wording.title(message)}: {one_line(message.type, 80)}", 120),
        "text": text,
        "url": url if url and len(url) <= 500 else None,
        "tag": tag(message),
        "resend": message.resend,
        "timestamp": message.timestamp,
    }
    return json.dumps(shown, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
