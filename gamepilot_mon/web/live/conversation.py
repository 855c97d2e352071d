"""Text messages in WebSocket frames: what every WebSocket has in common, whatever its messages mean."""

from collections.abc import Callable

from gamepilot_mon.web.live import deflate, frames
from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.frames import Message, Parser, ProtocolError
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.pace import keep_pace

Hear = Callable[[Client, str], None]


class Conversation:
    """`deflated`: for clients with which compression was agreed."""

    def __init__(self, hub: Hub, hear: Hear, *, deflated: bool) -> None:
        self._hub = hub
        self._hear_text = hear
        self._deflated = deflated

    def text(self, payload: bytes) -> bytes:
        """The frame of one text message."""
        short = deflate.compressed(payload) if self._deflated else None
        if short is None:
            return frames.encode(frames.TEXT, payload)
        return frames.encode(frames.TEXT | frames.COMPRESSED, short)

    def farewell(self, code: int, reason: str) -> bytes:
        return frames.encode_close(code, reason)

    def farewell_answered(self, client: Client, data: bytes) -> bool:
        parser = self._parser_of(client)
        try:
            return any(message.opcode == frames.CLOSE for message in parser.feed(data))
        except ProtocolError:
            client.parser = None
            return False

    def received(self, client: Client, data: bytes) -> None:
        parser = self._parser_of(client)
        try:
            for message in parser.feed(data):
                self._hear(client, message)
                if client.closing_at is not None or client.fd < 0:
                    return
        except ProtocolError as error:
            client.parser = None
            self._hub.close(client, error.code, error.reason)
            return
        if parser.idle:
            client.parser = None

    def _parser_of(self, client: Client) -> Parser:
        if not isinstance(client.parser, Parser):
            client.parser = Parser(deflate.inflated if self._deflated else None)
        return client.parser

    def _hear(self, client: Client, message: Message) -> None:
        keep_pace(client, self._hub.wires.now)
        match message.opcode:
            case frames.TEXT:
                self._hear_text(client, frames.text_of(message.payload))
            case frames.BINARY:
                raise ProtocolError(frames.UNSUPPORTED, "messages are JSON text")
            case frames.PING:
                self._hub.send(client, frames.encode(frames.PONG, message.payload))
            case frames.CLOSE:
                self._answer_close(client, frames.close_code(message.payload))

    def _answer_close(self, client: Client, code: int) -> None:
        self._hub.close(client, frames.NORMAL if code == frames.NO_STATUS else code, "")
        self._hub.hang_up(client)
