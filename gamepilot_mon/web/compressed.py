"""Compressed request bodies: inflated up to a limit, never past it, whatever their size was said to be."""

import zlib

GZIP, ZLIB, RAW = 31, 15, -15  # zlib's names for what surrounds the deflated bytes


class UnknownEncoding(Exception):
    """A Content-Encoding that is not understood here."""


class Corrupt(Exception):
    """Not what its Content-Encoding says, or cut short, or followed by something else."""


class TooLarge(Exception):
    """More than the limit once inflated; the rest was left as it is."""


def inflated(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """The plain bytes, `limit_bytes` at the most. `encoding` is the Content-Encoding: gzip, deflate or none."""
    match encoding.strip().lower():
        case "" | "identity":
            return _bounded(body, limit_bytes)
        case "gzip" | "x-gzip":
            return _inflate(body, GZIP, limit_bytes)
        case "deflate":
            return _inflate(body, ZLIB if _has_zlib_header(body) else RAW, limit_bytes)
    raise UnknownEncoding


def _bounded(body: bytes, limit_bytes: int) -> bytes:
    if len(body) > limit_bytes:
        raise TooLarge
    return body


def _has_zlib_header(body: bytes) -> bool:
    """RFC 1950; some clients send the bare stream of RFC 1951 under the same name."""
    return len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _inflate(body: bytes, surrounding: int, limit_bytes: int) -> bytes:
    stream = zlib.decompressobj(surrounding)
    try:
        plain = stream.decompress(body, limit_bytes + 1)
    except zlib.error:
        raise Corrupt from None
    if len(plain) > limit_bytes:
        raise TooLarge
    # One gzip member only: to go through thousands of empty ones would take quadratic time.
    if not stream.eof or stream.unused_data:
        raise Corrupt
    return plain
