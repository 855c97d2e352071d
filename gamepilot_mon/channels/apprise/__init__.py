"""Any of the services that Apprise knows, each by a URL of Apprise's; it comes with the extra `apprise`."""

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.apprise.config import AppriseConfig
from gamepilot_mon.channels.apprise.options import AppriseOptions as Options

__all__ = ["AppriseConfig", "Options", "kind", "prepare", "send"]

kind = "apprise"


def prepare() -> None:
    """Load what sending takes; where nothing is sent, nothing is loaded."""
    from gamepilot_mon.channels.apprise import service  # noqa: F401


def send(config: AppriseConfig, message: Message) -> Receipt:
    # Imported with the first message: Apprise reads all of its services, which takes most of a second.
    from gamepilot_mon.channels.apprise import service

    return service.send(config, message)
