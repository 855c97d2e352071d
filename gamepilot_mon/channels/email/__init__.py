"""E-mail over SMTP."""

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.email.config import EmailConfig
from gamepilot_mon.channels.email.options import EmailOptions as Options

__all__ = ["EmailConfig", "Options", "kind", "prepare", "send"]

kind = "email"


def prepare() -> None:
    """Load what sending takes; where nothing is sent, nothing is loaded."""
    from gamepilot_mon.channels.email import smtp  # noqa: F401


def send(config: EmailConfig, message: Message) -> Receipt:
    # Imported with the first mail: flask-mail brings flask, 8 MB that a daemon without mail does not need.
    from gamepilot_mon.channels.email import smtp

    return smtp.send(config, message)
