"""One POST to the webhook, and what its answer means."""

import json

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.posting import Post, deliver, named
from gamepilot_mon.channels.slack.config import SlackConfig
from gamepilot_mon.channels.slack.payload import payload


def send(config: SlackConfig, message: Message) -> Receipt:
    return deliver(post_of(config, message))


def post_of(config: SlackConfig, message: Message) -> Post:
    body = json.dumps(payload(config, message), allow_nan=False, ensure_ascii=False).encode()
    return Post(
        who="Slack", address_called="The Slack webhook address", url=config.webhook_url, body=body,
        headers=named(message), public_parts=frozenset({"services"}),
        says_no=_says_no, trusted=config.trusted, allowed=config.allowed, connect_ms=config.connect_ms,
        read_ms=config.read_ms, deadline_ms=config.deadline_ms,
    )  # fmt: skip


def _says_no(body: str) -> bool:
    """Some servers of this format answer 200 with {"ok": false, …} or {"success": false, …}."""
    if not body.startswith("{"):
        return False
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return answer.get("ok") is False or answer.get("success") is False
