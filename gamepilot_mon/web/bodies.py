"""Request bodies: read whole before the view runs, bounded in bytes and in seconds.

Without the second bound, somebody who announces a body and never sends it would hold a connection for ever.
A compressed body is bounded by what it becomes, so that a small one cannot fill the memory.
"""

import sys
from typing import Any

import gevent
from flask import Flask, Request, abort, request
from werkzeug.exceptions import RequestTimeout

from gamepilot_mon.settings import Settings
from gamepilot_mon.web.compressed import Corrupt, TooLarge, UnknownEncoding, inflated
from gamepilot_mon.web.problems import Pointed

LIMIT_BYTES = 1024 * 1024
LIMIT_S = 20
FAILED = "gamepilot_mon.failed"  # in the WSGI environment: why a body that was read before could not be taken
_WITHOUT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_READ_BY_VIEW = frozenset({"ping", "socketio"})


class AnyTypeRequest(Request):
    """Its JSON counts whatever Content-Type says: fetch() with a text for a body says text/plain, curl -d a form.

    That opens no door: a page of another site has no bearer token, and a cookie alone changes nothing (csrf.py).
    A POST without any body is a document without members.
    """

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        if not self.get_data():
            return {} if self.method == "POST" else None
        return super().get_json(force=True, silent=silent, cache=cache)


def init(app: Flask, settings: Settings) -> None:
    app.request_class = AnyTypeRequest
    app.config["MAX_CONTENT_LENGTH"] = LIMIT_BYTES + 1
    app.before_request(_read)


def _read() -> None:
    if failed := request.environ.get(FAILED):
        raise failed
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
    """The body as it was before its Content-Encoding; otherwise the 400, 413 or 415.

    Of one that becomes longer than `limit_bytes` no more than that is ever inflated.
    """
    encoding = request.headers.get("Content-Encoding", "")
    try:
        return inflated(request.get_data(), encoding, limit_bytes)
    except UnknownEncoding:
        raise Pointed(415, "Content-Encoding must be gzip, deflate or absent.") from None
    except TooLarge:
        raise Pointed(413, f"At most {limit_bytes} bytes, once inflated.") from None
    except Corrupt:
        raise Pointed(400, "The body is not what its Content-Encoding says, or it is cut short.") from None
