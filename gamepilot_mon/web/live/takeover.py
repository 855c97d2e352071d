"""Taking a client's socket over from the web server: a copy of its descriptor outlives the request."""

import os
import socket
import ssl
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from flask import Response, request
from gevent import monkey

STUCK_MS = 60_000
UNSENT_BYTES = 128 * 1024


def refusal() -> str | None:
    """Why the socket of this request cannot be taken over, or None."""
    connection = request.environ.get("gunicorn.socket")
    if connection is None or not monkey.is_module_patched("socket"):
        return "Live connections need gunicorn with its gevent worker."
    if isinstance(connection, ssl.SSLSocket):
        return "Live connections need a proxy in front that ends TLS."
    if not request.environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1."):
        return "Live connections need HTTP/1.1."
    return None


def copy_of(connection: socket.socket) -> int:
    """A non-blocking descriptor of our own for the same connection."""
    _set_limits(connection)
    fd = os.dup(connection.fileno())
    os.set_blocking(fd, False)
    return fd


def _set_limits(connection: socket.socket) -> None:
    if connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Half-open connections end by themselves, and what a slow client has not read stays with us, not in the
    # kernel, where megabytes of it would pile up unseen.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_MS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


class Taken(Response):
    """Answers nothing itself: hands the finished response head on and lets the server forget the request.

    So the head has all that Flask's hooks add, and its first byte is sent when the server is out of the way.
    """

    take: Callable[[bytes], None]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.take(head(self))
        # gunicorn's way to be told that the connection is not its business any more.
        raise StopIteration


def head(response: Response) -> bytes:
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers if name != "Content-Length"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
