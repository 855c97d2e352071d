"""Answers compressed with gzip for who takes it: pages and JSON as they are made, static files once a process.

A page holds a secret (its CSRF token) beside words from its address (a search), so that its length could tell of both:
each answer that is compressed anew carries a random number of idle bytes in its gzip header (RFC 1952, FNAME).
"""

import secrets
import struct
import zlib
from typing import Final

from flask import Flask, Response, request

from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store

LEAST_BYTES = 1000  # below, what is saved is less than a packet
BESIDE_BYTES = 32_768  # longer ones are compressed beside the event loop
QUICK, BEST = 5, 9
IDLE_MOST = 64
TYPES: Final = frozenset({
    "text/html", "text/css", "text/javascript", "text/plain", "text/csv", "application/javascript", "application/json",
    "application/problem+json", "application/manifest+json", "image/svg+xml",
})  # fmt: skip

_kept: dict[tuple[str, str], bytes] = {}  # of static files, by path and ETag


def init(app: Flask, settings: Settings) -> None:
    app.after_request(_compress)


def gzipped(plain: bytes, level: int, name: bytes = b"") -> bytes:
    """One gzip member; `name` stands in its header, and nobody reads it."""
    head = struct.pack("<2sBBLBB", b"\x1f\x8b", 8, 8 if name else 0, 0, 0, 255) + (
        name + b"\0" if name else b""
    )
    stream = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = stream.compress(plain) + stream.flush()
    return head + body + struct.pack("<LL", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)


def _compress(response: Response) -> Response:
    if request.method not in ("GET", "HEAD"):
        return response
    if response.mimetype not in TYPES or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if not _is_worth_it(response) or not request.accept_encodings["gzip"]:
        return response
    if request.endpoint == "static":
        return _with(response, _static(response))
    plain = response.get_data()
    made = store.compute(_page, plain) if len(plain) > BESIDE_BYTES else _page(plain)
    return _with(response, made)


def _is_worth_it(response: Response) -> bool:
    if request.method != "GET" or response.status_code in (204, 206, 304):
        return False
    if response.is_streamed and request.endpoint != "static":
        return False
    return (response.content_length or 0) >= LEAST_BYTES or not response.is_streamed


def _page(plain: bytes) -> bytes:
    if len(plain) < LEAST_BYTES:
        return plain
    return gzipped(plain, QUICK, b"-" * (1 + secrets.randbelow(IDLE_MOST)))


def _static(response: Response) -> bytes:
    key = request.path, response.get_etag()[0] or ""
    if key not in _kept:
        response.direct_passthrough = False
        for old in [one for one in _kept if one[0] == key[0]]:
            del _kept[old]
        _kept[key] = gzipped(response.get_data(), BEST)
    else:
        response.close()
    return _kept[key]


def _with(response: Response, body: bytes) -> Response:
    if body[:2] != b"\x1f\x8b":
        return response
    response.direct_passthrough = False
    response.set_data(body)
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the bytes differ from those of who takes no gzip
    return response
