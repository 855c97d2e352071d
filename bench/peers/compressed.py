"""A text inside compressed WebSocket frames (RFC 7692), each of them compressed for itself."""

import zlib
from collections.abc import Iterator

COMPRESSED = 0x40


def frame_with(mark: bytes, data: bytes) -> bytes | None:
    """The whole frame that holds `mark`; None while no compressed frame in `data` does.

    `data` begins where a frame does.
    """
    for start, begin, end in _frames(data):
        if data[start] & COMPRESSED and mark in _unfolded(data[begin:end]):
            return data[start:end]
    return None


def _frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(start, begin of the payload, end) of each whole unmasked frame."""
    start = 0
    while len(data) - start >= 2:
        size, begin = data[start + 1], start + 2
        if size > 125:
            begin += 2 if size == 126 else 8
            size = int.from_bytes(data[start + 2 : begin])
        if len(data) < begin + size:
            return
        yield start, begin, begin + size
        start = begin + size


def _unfolded(payload: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload + b"\x00\x00\xff\xff")
