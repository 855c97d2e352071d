"""What every WebSocket has in common, whatever its messages mean."""

from collections.abc import Sequence

from gamepilot_mon.loadtest.dialogues import Ended, Head, Heard, Refused
from gamepilot_mon.loadtest.dialogues.frames import CLOSE, PING, PONG, TEXT, Frames, frame


class Framed:
    """Control frames are answered here; `hear` gets each text message, and says what it means."""

    def __init__(self) -> None:
        self._head: Head | None = Head()
        self._frames = Frames()
        self._replies = b""

    def hear(self, message: bytes) -> Heard | None:
        raise NotImplementedError

    def say(self, message: bytes) -> None:
        self._replies += frame(TEXT, message)

    def replies(self) -> bytes:
        replies, self._replies = self._replies, b""
        return replies

    def receive(self, data: bytes) -> Sequence[Heard]:
        if self._head is not None:
            if not self._head.feed(data):
                return []
            if self._head.status != 101:
                return [Refused(self._head.status)]
            data, self._head = self._head.rest, None
        heard = (self._hear_frame(opcode, payload) for opcode, payload in self._frames.feed(data))
        return [what for what in heard if what is not None]

    def _hear_frame(self, opcode: int, payload: bytes) -> Heard | None:
        if opcode == TEXT:
            return self.hear(payload)
        if opcode == PING:
            self._replies += frame(PONG, payload)
        if opcode == CLOSE:
            self._replies += frame(CLOSE, payload[:2])
            return Ended(int.from_bytes(payload[:2]))
        return None
