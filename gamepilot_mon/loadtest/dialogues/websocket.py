"""/ws as RFC 6455 has it; the server's frames are unmasked and unfragmented, or this complains."""

import base64
import json
import os

from gamepilot_mon.loadtest.dialogues import (
    Answered,
    Ended,
    Head,
    Heard,
    Ready,
    Refused,
    Settled,
    Unreadable,
    Visit,
)  # fmt: skip
from gamepilot_mon.loadtest.items import Item, Reader

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def frame(opcode: int, payload: bytes) -> bytes:
    """A masked frame of less than 64 KiB."""
    key = os.urandom(4)
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
    masked = bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))
    return bytes((0x80 | opcode,)) + length + key + masked


class WebSocket:
    path = "/ws"

    def __init__(self, visit: Visit, reader: Reader) -> None:
        self._visit = visit
        self._reader = reader
        self._head: Head | None = Head()
        self._buffer = b""
        self._replies = b""

    def opening(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: {self._visit.authority}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {self._visit.token}\r\n\r\n"
        ).encode()

    def replies(self) -> bytes:
        replies, self._replies = self._replies, b""
        return replies

    def ask(self, what: str) -> bytes:
        return frame(TEXT, json.dumps({"type": "request", "what": what}).encode())

    def receive(self, data: bytes) -> list[Heard]:
        if self._head is not None:
            if not self._head.feed(data):
                return []
            if self._head.status != 101:
                return [Refused(self._head.status)]
            data, self._head = self._head.rest, None
        heard: list[Heard] = []
        for opcode, payload in self._frames(data):
            what = self._hear(opcode, payload)
            if what is not None:
                heard.append(what)
        return heard

    def _frames(self, data: bytes) -> list[tuple[int, bytes]]:
        buffer = self._buffer + data if self._buffer else data
        at, end, frames = 0, len(buffer), []
        while end - at >= 2:
            size, begin = buffer[at + 1], at + 2
            if size > 127 or buffer[at] & 0xF0 != 0x80:
                raise Unreadable("a masked, fragmented or compressed frame")
            if size > 125:
                begin += 2 if size == 126 else 8
                if end < begin:
                    break
                size = int.from_bytes(buffer[at + 2 : begin])
            if end < begin + size:
                break
            frames.append((buffer[at] & 0x0F, buffer[begin : begin + size]))
            at = begin + size
        self._buffer = buffer[at:]
        return frames

    def _hear(self, opcode: int, payload: bytes) -> Heard | None:
        if opcode == TEXT:
            return self._reader.known(payload) or self._hear_text(payload)
        if opcode == PING:
            self._replies += frame(PONG, payload)
        if opcode == CLOSE:
            self._replies += frame(CLOSE, payload[:2])
            return Ended(int.from_bytes(payload[:2]))
        return None

    def _hear_text(self, payload: bytes) -> Heard | None:
        try:
            message = json.loads(payload)
        except ValueError:
            raise Unreadable("a message that is not JSON") from None
        match message.get("type"):
            case None:
                return self._item(message, payload)
            case "hello":
                return self._begin(message["id"])
            case "pong":
                return Settled()
            case "response" | "error":
                return Answered()
        return None

    def _item(self, message: dict[str, object], payload: bytes) -> Item:
        item = self._reader.item(int(str(message["id"])), str(message["event"]), payload)
        return self._reader.keep(payload, item)

    def _begin(self, head: int) -> Ready:
        since = head if self._visit.since is None else self._visit.since
        wish = {"type": "subscribe", "topics": list(self._visit.topics), "since": since}
        self._replies += frame(TEXT, json.dumps(wish).encode()) + frame(TEXT, b'{"type":"ping"}')
        return Ready(since, head, settled=False)
