"""Packets of Engine.IO 4 and Socket.IO 5, of which monitoring needs the text ones in the main namespace."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from gamepilot_mon.feed import Item
from gamepilot_mon.web.live.frames import PROTOCOL_ERROR, UNSUPPORTED, ProtocolError

PROTOCOL_VERSION = "4"
SEPARATOR = b"\x1e"  # between the packets of a polling payload; inside JSON it is always escaped
MAX_PAYLOAD_BYTES = 64 * 1024

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = "0123456"
PROBE = "probe"
MAX_ACK_DIGITS = 15

_MESSAGE = re.compile(
    r"(?P<type>[0-6])(?:(?P<space>/[^,]*),?)?(?P<ack>\d*)(?P<json>.*)", re.ASCII | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Packet:
    """A Socket.IO packet: `space` is its namespace, `data` its JSON or None."""

    type: str
    space: str
    ack: str
    data: Any


def read(message: str) -> Packet:
    """Raises ProtocolError for what no Socket.IO client sends."""
    found = _MESSAGE.fullmatch(message)
    if found is None or len(found["ack"]) > MAX_ACK_DIGITS:
        raise ProtocolError(PROTOCOL_ERROR, "not a Socket.IO packet")
    if found["type"] in (BINARY_EVENT, BINARY_ACK):
        raise ProtocolError(UNSUPPORTED, "messages are JSON text")
    try:
        data = msgspec.json.decode(found["json"]) if found["json"] else None
    except (msgspec.DecodeError, RecursionError):
        raise ProtocolError(PROTOCOL_ERROR, "the packet holds no JSON") from None
    return Packet(found["type"], found["space"] or "/", found["ack"], data)


def opened(sid: str, upgrades: list[str], ping_ms: int, timeout_ms: int) -> bytes:
    """The first packet of a session."""
    return OPEN.encode() + msgspec.json.encode({
        "sid": sid, "upgrades": upgrades, "pingInterval": ping_ms, "pingTimeout": timeout_ms,
        "maxPayload": MAX_PAYLOAD_BYTES,
    })  # fmt: skip


def connected(sid: str) -> bytes:
    return b"40" + msgspec.json.encode({"sid": sid})


def refused(space: str, message: str, status: int) -> bytes:
    """What a client hears as connect_error."""
    prefix = "44" if space == "/" else f"44{space},"
    return prefix.encode() + msgspec.json.encode({"message": message, "data": {"status": status}})


def event(name: str, data: Any) -> bytes:
    return b"42" + msgspec.json.encode([name, data])


def acknowledged(ack: str, data: Any) -> bytes:
    return b"43" + ack.encode() + msgspec.json.encode([data])


def of_item(item: Item) -> bytes:
    """The item's data, with its id as feedId."""
    return f'42["{item.event}",{_with_id(item)}]'.encode()


def _with_id(item: Item) -> str:
    if not item.data.startswith("{"):
        return f'{{"feedId":{item.id},"data":{item.data}}}'
    rest = item.data[1:]
    return f'{{"feedId":{item.id}{rest if rest == "}" else "," + rest}'


def split(payload: bytes) -> Iterator[bytes]:
    """The packets of a polling payload."""
    return (packet for packet in payload.split(SEPARATOR) if packet)
