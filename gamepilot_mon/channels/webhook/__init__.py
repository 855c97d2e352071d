"""A webhook of your own: JSON, signed, in our format or in Alertmanager's."""

from gamepilot_mon.channels import Message, Receipt, Traits
from gamepilot_mon.channels.webhook.config import WebhookConfig
from gamepilot_mon.channels.webhook.options import WebhookOptions as Options
from gamepilot_mon.pace import UNLIMITED

__all__ = ["Options", "WebhookConfig", "kind", "prepare", "send", "traits"]

kind = "webhook"
traits = Traits(pace=UNLIMITED, summarises=False, at_once=8)


def prepare() -> None:
    """Load what sending takes; where nothing is sent, nothing is loaded."""
    from gamepilot_mon.channels.webhook import post  # noqa: F401


def send(config: WebhookConfig, message: Message) -> Receipt:
    # Imported with the first message: requests takes 8 MB that an idle process does not need.
    from gamepilot_mon.channels.webhook import post

    return post.send(config, message)
