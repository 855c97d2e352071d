"""A WebSocket that is to take the place of polling: once it has proved to work, the session goes on there."""

from gamepilot_mon.feed import Item
from gamepilot_mon.web.live import frames
from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.frames import ProtocolError
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.socketio import packets
from gamepilot_mon.web.live.socketio.carriers import Frames
from gamepilot_mon.web.live.socketio.protocol import Lobby, SocketIoProtocol, say
from gamepilot_mon.web.live.socketio.session import Session
from gamepilot_mon.web.live.wires import Gone


class Upgrade:
    """One for each such WebSocket, while it is only that."""

    transport = ""
    answers_pings = True
    answers_farewell = True

    def __init__(self, hub: Hub, session: Session, to: SocketIoProtocol, *, deflated: bool) -> None:
        self._hub = hub
        self._session = session
        self._to = to
        self._frames = Frames(hub, self._hear, deflated=deflated)
        self.farewell = self._frames.farewell
        self.farewell_answered = self._frames.farewell_answered
        self._moved: Client | None = None

    def encode(self, item: Item) -> bytes:
        return b""

    def ping(self) -> bytes:
        return frames.encode(frames.PING, b"")

    def received(self, client: Client, data: bytes) -> None:
        self._frames.received(client, data)
        if self._moved is not None:
            # What came right behind the upgrade is in the parser that moved along.
            self._hub.attempt(self._moved, self._moved.protocol.received, self._moved, b"")

    def _hear(self, client: Client, text: str) -> None:
        if self._session.ended:
            raise Gone
        match text:
            case "2probe":
                self._session.probe = client
                self._hub.send(client, self._frames.pack(b"3probe"))
                # Whatever poll is waiting has to end first: the client sends nothing before that.
                say(self._hub, self._session.client, packets.NOOP.encode())
            case packets.UPGRADE:
                self._move(client)
            case _:
                raise ProtocolError(frames.PROTOCOL_ERROR, "not part of an upgrade")

    def _move(self, client: Client) -> None:
        moved = self._session.client
        if client.rest is not None or moved.closing_at is not None:
            raise Gone
        to = self._to.lobby if isinstance(moved.protocol, Lobby) else self._to
        owed = b"".join(map(self._to.carrier.pack, self._session.leftovers()))
        parser = client.parser
        self._hub.replace_socket(moved, client, to, owed)
        moved.parser, self._moved = parser, moved
