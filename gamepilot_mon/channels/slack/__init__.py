"""Slack, or anything that takes Slack's incoming webhooks."""

from gamepilot_mon.channels.slack.config import SlackConfig
from gamepilot_mon.channels.slack.webhook import send

__all__ = ["SlackConfig", "kind", "send"]

kind = "slack"
