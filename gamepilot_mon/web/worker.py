"""gunicorn's gevent worker, with bounds that gunicorn has not: on how long the head of a request may take to come,
and on how much of a refused body is read away. On stopping it lets go of connections that only wait for a next
request, for which gunicorn itself would keep the process for the whole graceful timeout.

Requests that come together are begun a few a turn of the loop, so that live clients and timers are never behind all
of them.
"""

import contextlib
import socket
from typing import Any

import gevent
from gevent.local import local
from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.ggevent import GeventWorker

from gamepilot_mon.web import loop_turn
from gamepilot_mon.web.idle import HEAD_S, Idle
from gamepilot_mon.web.problems import problem

LEFT_BYTES = 2 * 1024 * 1024  # more than that of a body that nobody reads, and the connection ends
LEFT_S = 10
_TOO_LONG: dict[type[BaseException], int] = {LimitRequestLine: 414, LimitRequestHeaders: 431}
_STEP_BYTES = 64 * 1024


class Worker(GeventWorker):  # type: ignore[misc]
    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self._waiting: set[Idle] = set()
        self._here = local()  # the connection of this greenlet, and how long it may wait

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._here.connection, self._here.limit_s = client, HEAD_S
        super().handle(listener, client, addr)

    def timeout_ctx(self) -> Idle:
        limit_s, self._here.limit_s = self._here.limit_s, self.cfg.keepalive
        return Idle(self._waiting, self._here.connection, limit_s)

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        loop_turn.wait()
        super().handle_request(listener_name, req, sock, addr)
        # gunicorn reads the rest away however long it is, and as long as it comes fast, nobody else has a turn.
        if not _read_away(req.body):
            util.close_graceful(sock)
            raise StopIteration

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """An address or head that is too long is a problem like any other; gunicorn would send a page of its own."""
        status = _TOO_LONG.get(type(exc))
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Refused a request from %s: %s", (addr or ("",))[0], exc)
        answer = problem(status, str(exc))
        answer.headers["Connection"] = "close"
        head = f"HTTP/1.1 {answer.status}\r\n{answer.headers}"
        with contextlib.suppress(OSError):
            util.write_nonblock(client, head.encode("latin-1") + answer.get_data())

    def notify(self) -> None:
        """Called about every second, and while the worker waits for the last requests to end."""
        super().notify()
        if not self.alive:
            for idle in list(self._waiting):
                idle.expire()


def _read_away(body: Any) -> bool:
    """Whether what is left of the body could be read within the bounds."""
    left = LEFT_BYTES
    with gevent.Timeout(LEFT_S, False):  # type: ignore[arg-type]
        while left > 0:
            part = body.read(_STEP_BYTES)
            if not part:
                return True
            left -= len(part)
            gevent.sleep(0)
    return False
