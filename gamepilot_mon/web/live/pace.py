"""How much a client may say."""

from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.frames import POLICY, ProtocolError

MESSAGES_PER_WINDOW = 50
WINDOW_MS = 1000


def keep_pace(client: Client, now: int) -> None:
    """Count one message at `now` (monotonic ms); raises ProtocolError when they are too many."""
    if now - client.messages_since >= WINDOW_MS:
        client.messages, client.messages_since = 0, now
    client.messages += 1
    if client.messages > MESSAGES_PER_WINDOW:
        raise ProtocolError(POLICY, f"at most {MESSAGES_PER_WINDOW} messages a second")
