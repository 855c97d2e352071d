"""One event to PagerDuty."""

import json

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.pagerduty.config import PagerDutyConfig
from gamepilot_mon.channels.pagerduty.event import event
from gamepilot_mon.channels.posting import Post, deliver, named


def send(config: PagerDutyConfig, message: Message) -> Receipt:
    body = json.dumps(event(config, message), allow_nan=False).encode()
    return deliver(
        Post(
            who="PagerDuty", address_called="PagerDuty's address", url=config.url, body=body,
            headers=named(message),
            secrets=(config.routing_key,), trusted=config.trusted, allowed=config.allowed,
            connect_ms=config.connect_ms, read_ms=config.read_ms, deadline_ms=config.deadline_ms,
        )
    )  # fmt: skip
