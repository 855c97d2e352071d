"""Request bodies: read whole before the view runs, bounded in bytes and in seconds.

Without the second bound, somebody who announces a body and never sends it would hold a connection for ever.
"""

import sys

import gevent
from flask import Flask, abort, request
from werkzeug.exceptions import RequestTimeout

from gamepilot_mon.settings import Settings

LIMIT_BYTES = 1024 * 1024
LIMIT_S = 20
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
