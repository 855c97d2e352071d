"""WebSocket frames as RFC 6455 lays them out, the server's side: reads masked frames, writes plain ones."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
OPCODES = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))
MAX_MESSAGE_BYTES = 64 * 1024
MAX_FRAGMENTS = 1024  # empty fragments cost nothing to send and would otherwise never end

NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED, NO_STATUS = 1000, 1001, 1002, 1003, 1005
NOT_UTF8, POLICY, TOO_BIG, INTERNAL = 1007, 1008, 1009, 1011
COMPRESSED = 0x40  # the first reserved bit, on the first frame of a message
SENDABLE_CODES = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015)))


class ProtocolError(Exception):
    """What the client sent breaks the protocol; `code` is the close code that says so."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Message(NamedTuple):
    """A whole text or binary message, or one control frame."""

    opcode: int
    payload: bytes


class _Frame(NamedTuple):
    final: bool
    compressed: bool
    opcode: int
    payload: bytes


Inflate = Callable[[bytes, int], bytes]  # (payload, most bytes of its message) -> the message


class Parser:
    """Bytes in, messages out; an idle one holds nothing, so it can be thrown away between messages.

    `inflate` unfolds compressed messages; without it nobody agreed to them.
    """

    __slots__ = ("_buffer", "_compressed", "_fragments", "_inflate", "_message", "_opcode")

    def __init__(self, inflate: Inflate | None = None) -> None:
        self._inflate = inflate
        self._compressed = False
        self._buffer = bytearray()
        self._message = bytearray()
        self._opcode = CONTINUATION
        self._fragments = 0

    @property
    def idle(self) -> bool:
        return not self._buffer and self._opcode == CONTINUATION

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that `data` completes; raises ProtocolError after the good ones before a bad frame."""
        self._buffer += data
        while (frame := self._next_frame()) is not None:
            message = self._assemble(frame)
            if message is not None:
                yield message

    def _next_frame(self) -> _Frame | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        _check_header(buffer[0], buffer[1], compressible=self._inflate is not None)
        size = _payload_size(buffer)
        if size is None:
            return None
        start, length = size
        if length + len(self._message) > MAX_MESSAGE_BYTES:
            raise ProtocolError(TOO_BIG, f"a message holds at most {MAX_MESSAGE_BYTES} bytes")
        end = start + 4 + length
        if len(buffer) < end:
            return None
        payload = _unmask(buffer[start + 4 : end], buffer[start : start + 4])
        frame = _Frame(bool(buffer[0] & 0x80), bool(buffer[0] & COMPRESSED), buffer[0] & 0x0F, payload)
        del buffer[:end]
        return frame

    def _assemble(self, frame: _Frame) -> Message | None:
        if frame.opcode >= CLOSE:
            return Message(frame.opcode, frame.payload)
        self._join(frame)
        if not frame.final:
            return None
        payload = bytes(self._message)
        if self._compressed and self._inflate is not None:
            payload = self._inflate(payload, MAX_MESSAGE_BYTES)
        message = Message(self._opcode, payload)
        self._message, self._opcode, self._fragments = bytearray(), CONTINUATION, 0
        return message

    def _join(self, frame: _Frame) -> None:
        if (frame.opcode == CONTINUATION) == (self._opcode == CONTINUATION):
            raise ProtocolError(PROTOCOL_ERROR, "fragments out of order")
        if frame.opcode != CONTINUATION:
            self._opcode, self._compressed = frame.opcode, frame.compressed
        self._message += frame.payload
        self._fragments += 1
        if self._fragments > MAX_FRAGMENTS:
            raise ProtocolError(POLICY, f"a message comes in at most {MAX_FRAGMENTS} fragments")


def _check_header(first: int, second: int, *, compressible: bool) -> None:
    opcode = first & 0x0F
    # Only the first frame of a message says that it is compressed.
    agreed = COMPRESSED if compressible and opcode in (TEXT, BINARY) else 0
    if first & 0x70 & ~agreed:
        raise ProtocolError(PROTOCOL_ERROR, "a reserved bit is set that no extension agreed on")
    if not second & 0x80:
        raise ProtocolError(PROTOCOL_ERROR, "a client's frames must be masked")
    if opcode not in OPCODES:
        raise ProtocolError(PROTOCOL_ERROR, f"unknown opcode {opcode}")
    if opcode >= CLOSE and (not first & 0x80 or second & 0x7F > 125):
        raise ProtocolError(PROTOCOL_ERROR, "a control frame is short and never in fragments")


def _payload_size(buffer: bytearray) -> tuple[int, int] | None:
    """(where the mask begins, length of the payload); None while the header is incomplete."""
    short = buffer[1] & 0x7F
    if short < 126:
        return 2, short
    start = 4 if short == 126 else 10
    if len(buffer) < start:
        return None
    length = int.from_bytes(buffer[2:start])
    if length < 126 or (short == 127 and not 0xFFFF < length < 1 << 63):
        raise ProtocolError(PROTOCOL_ERROR, "the length is not in its shortest form")
    return start, length


def _unmask(payload: bytearray, mask: bytearray) -> bytes:
    # One XOR of two big integers is far quicker than a loop over the bytes.
    size = len(payload)
    key = bytes(mask) * (size // 4 + 1)
    return (int.from_bytes(payload) ^ int.from_bytes(key[:size])).to_bytes(size)


def encode(opcode: int, payload: bytes) -> bytes:
    """One whole unmasked frame. `opcode` may carry COMPRESSED."""
    size = len(payload)
    if size < 126:
        header = bytes((0x80 | opcode, size))
    elif size < 1 << 16:
        header = bytes((0x80 | opcode, 126)) + size.to_bytes(2)
    else:
        header = bytes((0x80 | opcode, 127)) + size.to_bytes(8)
    return header + payload


def encode_close(code: int, reason: str = "") -> bytes:
    # 123 bytes is what a control frame leaves for the reason; a cut character is left out.
    text = reason.encode()[:123].decode(errors="ignore").encode()
    return encode(CLOSE, code.to_bytes(2) + text)


def close_code(payload: bytes) -> int:
    """The code of a client's close frame; raises ProtocolError when the frame is malformed."""
    if not payload:
        return NO_STATUS
    code = int.from_bytes(payload[:2])
    if len(payload) == 1 or not (code in SENDABLE_CODES or 3000 <= code < 5000):
        raise ProtocolError(PROTOCOL_ERROR, "not a close code")
    text_of(payload[2:])
    return code


def text_of(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise ProtocolError(NOT_UTF8, "text must be UTF-8") from None
