"""One signed post."""

import json

from gamepilot_mon import clock
from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.posting import Post, deliver, named
from gamepilot_mon.channels.webhook import alertmanager, native, signature
from gamepilot_mon.channels.webhook.config import WebhookConfig

BODIES = {"native": native.body, "alertmanager": alertmanager.body}


def send(config: WebhookConfig, message: Message) -> Receipt:
    # ASCII, so that half a character in foreign text stays an escape and the bytes are valid everywhere.
    body = json.dumps(BODIES[config.format](message), allow_nan=False).encode()
    headers = {
        **named(message),
        **({"X-GamePilot-Resend": "yes"} if message.resend else {}),
        **signature.headers(config.secret, body, clock.utcnow()),
    }
    return deliver(
        Post(
            who="The webhook", address_called="The webhook's address", url=config.url, body=body,
            headers=headers, secrets=(config.secret or "",),
            trusted=config.trusted, allowed=config.allowed, connect_ms=config.connect_ms,
            read_ms=config.read_ms, deadline_ms=config.deadline_ms,
        )
    )  # fmt: skip
