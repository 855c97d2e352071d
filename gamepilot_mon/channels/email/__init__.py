"""E-mail over SMTP."""

from gamepilot_mon.channels.email.config import EmailConfig
from gamepilot_mon.channels.email.smtp import send

__all__ = ["EmailConfig", "kind", "send"]

kind = "email"
