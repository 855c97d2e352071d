"""Web Push: to the browsers whose users subscribed; it comes with the extra `push`."""

from gamepilot_mon.channels import Message, Receipt
from gamepilot_mon.channels.push.config import PushConfig
from gamepilot_mon.channels.push.options import PushOptions as Options

__all__ = ["Options", "PushConfig", "kind", "send"]

kind = "push"


def send(config: PushConfig, message: Message) -> Receipt:
    # Imported with the first message: requests and the encryption take 20 MB that an idle process does not need.
    from gamepilot_mon.channels.push import sending

    return sending.send(config, message)
