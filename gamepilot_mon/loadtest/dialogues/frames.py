"""WebSocket frames as RFC 6455 has them, and the request that asks for them."""

import base64
import os

from gamepilot_mon.loadtest.dialogues import Unreadable

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def upgrade(path: str, authority: str, *headers: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1", f"Host: {authority}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def frame(opcode: int, payload: bytes) -> bytes:
    """A masked frame of less than 64 KiB."""
    key = os.urandom(4)
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
    masked = bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))
    return bytes((0x80 | opcode,)) + length + key + masked


class Frames:
    """Collects the server's frames, which are unmasked, unfragmented and uncompressed, or this complains."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """(opcode, payload) of each frame that `data` completes."""
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
