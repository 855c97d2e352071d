"""The wait of a connection for its next request, and its ends: by time, by a head that stays in pieces, on stopping."""

import socket
from types import TracebackType
from typing import Self

import gevent

HEAD_S = 10  # from the first byte of a request, or from the connecting, to the end of its head
_READABLE = 1


class Idle:
    """The wait of one connection for its next request; ends silently after `limit_s`, HEAD_S after the first
    byte of that request, or when expired."""

    def __init__(self, waiting: set["Idle"], connection: socket.socket, limit_s: float) -> None:
        self._waiting = waiting
        self._greenlet = gevent.getcurrent()
        self._timer = gevent.Timeout(limit_s, False)  # type: ignore[arg-type]
        loop = gevent.get_hub().loop
        self._first_byte = loop.io(connection.fileno(), _READABLE)
        self._head = loop.timer(HEAD_S)

    def expire(self) -> None:
        gevent.get_hub().loop.run_callback(self._end)

    def _end(self) -> None:
        if self in self._waiting:  # a request may have come since: it is not to be cut
            self._greenlet.throw(self._timer)

    def _begun(self) -> None:
        self._first_byte.stop()
        self._head.start(self._greenlet.throw, self._timer)

    def __enter__(self) -> Self:
        self._waiting.add(self)
        self._timer.start()
        self._first_byte.start(self._begun)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> bool:
        self._waiting.discard(self)
        for watcher in (self._timer, self._first_byte, self._head):
            watcher.close()
        return error is self._timer
