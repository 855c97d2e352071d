"""One event to PagerDuty."""

import json
import re

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.pagerduty.config import PagerDutyConfig
from gamepilot_mon.channels.pagerduty.event import event
from gamepilot_mon.channels.posting import Post, deliver


def send(config: PagerDutyConfig, message: Message) -> Receipt:
    body = json.dumps(event(config, message), allow_nan=False).encode()
    notification = re.sub(r"[^0-9A-Za-z._-]", "", message.notification_id)
    return deliver(
        Post(
            who="PagerDuty", url=config.url, body=body, headers={"X-GamePilot-Notification": notification},
            secrets=(config.routing_key,), trusted=config.trusted, allowed=config.allowed,
            connect_ms=config.connect_ms, read_ms=config.read_ms, deadline_ms=config.deadline_ms,
        )
    )  # fmt: skip
