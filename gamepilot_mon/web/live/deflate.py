"""permessage-deflate (RFC 7692) without any memory between messages: each one is compressed for itself.

So one compressed frame serves every client, and a client that is silent holds no window.
"""

import zlib

from gamepilot_mon.web.live.frames import PROTOCOL_ERROR, TOO_BIG, ProtocolError

WORTHWHILE_BYTES = 200
WINDOW_BITS = 12  # 4 KiB: items are hardly ever longer, and clients that allow no more are served too
_TAIL = b"\x00\x00\xff\xff"  # what every sender leaves away
_AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
_PARAMETERS = {
    "server_no_context_takeover": {""},
    "client_no_context_takeover": {""},
    "client_max_window_bits": {"", *map(str, range(8, 16))},
    "server_max_window_bits": {*map(str, range(WINDOW_BITS, 16))},
}


def agreed(offers: str | None) -> str | None:
    """What to answer to a Sec-WebSocket-Extensions header: the first offer that can be kept to the letter."""
    for offer in (offers or "").split(","):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name == "permessage-deflate" and _can_be_kept(parameters):
            asked = any(parameter.startswith("server_max_window_bits") for parameter in parameters)
            return _AGREED + (f"; server_max_window_bits={WINDOW_BITS}" if asked else "")
    return None


def _can_be_kept(parameters: list[str]) -> bool:
    pairs = [tuple(part.strip(' "') for part in parameter.split("=", 1)) for parameter in parameters]
    known = all((*pair, "")[1] in _PARAMETERS.get(pair[0], ()) for pair in pairs)
    return known and len({pair[0] for pair in pairs}) == len(pairs)


def compressed(payload: bytes) -> bytes | None:
    """None when it is too short to gain by it, or does not."""
    if len(payload) < WORTHWHILE_BYTES:
        return None
    press = zlib.compressobj(wbits=-WINDOW_BITS)
    data = press.compress(payload) + press.flush(zlib.Z_SYNC_FLUSH)
    return data[: -len(_TAIL)] if len(data) - len(_TAIL) < len(payload) else None


def inflated(payload: bytes, limit: int) -> bytes:
    """Never unfolds more than one byte past `limit`; raises ProtocolError beyond it."""
    try:
        message = zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload + _TAIL, limit + 1)
    except zlib.error:
        raise ProtocolError(PROTOCOL_ERROR, "the message is not compressed as agreed") from None
    if len(message) > limit:
        raise ProtocolError(TOO_BIG, f"a message holds at most {limit} bytes")
    return message
