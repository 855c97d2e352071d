"""Slack, or anything that takes Slack's incoming webhooks."""

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.slack.config import SlackConfig
from gamepilot_mon.channels.slack.options import SlackOptions as Options

__all__ = ["Options", "SlackConfig", "kind", "prepare", "send"]

kind = "slack"


def prepare() -> None:
    """Load what sending takes; where nothing is sent, nothing is loaded."""
    from gamepilot_mon.channels.slack import webhook  # noqa: F401


def send(config: SlackConfig, message: Message) -> Receipt:
    # Imported with the first message: requests takes 8 MB that an idle process does not need.
    from gamepilot_mon.channels.slack import webhook

    return webhook.send(config, message)
