"""The two ways in which packets travel: each in a WebSocket frame, or one after the other in HTTP bodies."""

from collections.abc import Callable
from typing import Protocol

from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.conversation import Conversation
from gamepilot_mon.web.live.credentials import UNAUTHORIZED
from gamepilot_mon.web.live.frames import ProtocolError, text_of
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.pace import keep_pace
from gamepilot_mon.web.live.socketio import packets

Hear = Callable[[Client, str], None]
# Told to leave, a client does not come back by itself; cut off, it does.
_LEAVE = b"41"


class Carrier(Protocol):
    answers_farewell: bool

    def pack(self, packet: bytes) -> bytes: ...

    def farewell(self, code: int, reason: str) -> bytes: ...

    def farewell_answered(self, client: Client, data: bytes) -> bool: ...

    def received(self, client: Client, data: bytes) -> None: ...


class Frames:
    answers_farewell = True

    def __init__(self, hub: Hub, hear: Hear, *, deflated: bool) -> None:
        self._conversation = Conversation(hub, hear, deflated=deflated)
        self.pack = self._conversation.text
        self.farewell_answered = self._conversation.farewell_answered
        self.received = self._conversation.received

    def farewell(self, code: int, reason: str) -> bytes:
        leave = self.pack(_LEAVE) if code == UNAUTHORIZED else b""
        return leave + self._conversation.farewell(code, reason)


class Payloads:
    """What the hub writes here goes into a pair of sockets, out of which the polls take it."""

    answers_farewell = False

    def __init__(self, hub: Hub, hear: Hear) -> None:
        self._hub = hub
        self._hear = hear

    def pack(self, packet: bytes) -> bytes:
        return packet + packets.SEPARATOR

    def farewell(self, code: int, reason: str) -> bytes:
        leave = self.pack(_LEAVE) if code == UNAUTHORIZED else b""
        return leave + self.pack(packets.CLOSE.encode())

    def farewell_answered(self, client: Client, data: bytes) -> bool:
        return False

    def received(self, client: Client, data: bytes) -> None:
        """What a POST brought."""
        try:
            for packet in packets.split(data):
                keep_pace(client, self._hub.wires.now)
                self._hear(client, text_of(packet))
                if client.closing_at is not None or client.fd < 0:
                    return
        except ProtocolError as error:
            self._hub.close(client, error.code, error.reason)
