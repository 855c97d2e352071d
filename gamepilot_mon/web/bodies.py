"""Request bodies: read whole before the view runs, bounded in bytes and in seconds.

Without the second bound, somebody who announces a body and never sends it would hold a connection for ever.
A compressed body is bounded by what it becomes, so that a small one cannot fill the memory.
"""

import sys
import zlib

import gevent
from flask import Flask, abort, request
from werkzeug.exceptions import RequestTimeout

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.problems import Pointed

LIMIT_BYTES = 1024 * 1024
LIMIT_S = 20
_GZIP = 16 + zlib.MAX_WBITS  # zlib's number for "with gzip's header and checksum"
_WITHOUT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_READ_BY_VIEW = frozenset({"ping", "socketio"})


def init(app: Flask, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LIMIT_BYTES + 1
    app.before_request(_read)


def _read() -> None:
    if request.method in _WITHOUT or request.endpoint is None or request.blueprint in _READ_BY_VIEW:
        return
    whole(LIMIT_BYTES)


def whole(limit_bytes: int) -> bytes:
    """The body, for a view with a limit of its own; otherwise the 413 or the 408."""
    # One byte more than allowed: werkzeug cuts a body in chunks at its limit without a word.
    request.max_content_length = limit_bytes + 1
    with gevent.Timeout(LIMIT_S, RequestTimeout):
        body = request.get_data()
    if len(body) > limit_bytes:
        abort(413)
    return body


def beginning(limit_bytes: int) -> bytes:
    """The first bytes of a body of any size, for a view that keeps no more."""
    request.max_content_length = sys.maxsize  # what is too long is cut, not refused
    with gevent.Timeout(LIMIT_S, RequestTimeout):
        return request.stream.read(limit_bytes)


def plain(limit_bytes: int = LIMIT_BYTES) -> bytes:
    """The body as it was before its Content-Encoding: identity or gzip, else the 415.

    413 when it becomes longer than `limit_bytes`; of one that does, no more than that is ever decompressed.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return request.get_data()
    if encoding in ("gzip", "x-gzip"):
        return gunzipped(request.get_data(), limit_bytes)
    raise Pointed(415, "Content-Encoding may be gzip or identity.")


def gunzipped(body: bytes, limit_bytes: int) -> bytes:
    """400 when `body` is not one whole gzip member (a chain of thousands of empty ones would cost seconds)."""
    stream = zlib.decompressobj(_GZIP)
    try:
        data = stream.decompress(body, limit_bytes + 1)
    except zlib.error:
        raise Pointed(400, "The body is not gzip.") from None
    if len(data) > limit_bytes:
        abort(413)
    if not stream.eof or stream.unused_data:
        raise Pointed(400, "The body is not one whole gzip member.")
    return data
