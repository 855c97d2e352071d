"""gunicorn's gevent worker, which on stopping lets go of connections that only wait for a next request.

gunicorn itself would keep the process for the whole graceful timeout as long as one browser is connected.
"""

from types import TracebackType
from typing import Self

import gevent
from gunicorn.workers.ggevent import GeventWorker


class Idle:
    """The wait of one connection for its next request; ends silently after `limit_s`, or when expired."""

    def __init__(self, waiting: set["Idle"], limit_s: float) -> None:
        self._waiting = waiting
        self._timer = gevent.Timeout(limit_s, False)  # type: ignore[arg-type]
        self._greenlet = gevent.getcurrent()

    def expire(self) -> None:
        gevent.get_hub().loop.run_callback(self._greenlet.throw, self._timer)

    def __enter__(self) -> Self:
        self._waiting.add(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> bool:
        self._waiting.discard(self)
        self._timer.close()
        return error is self._timer


class Worker(GeventWorker):  # type: ignore[misc]
    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self._waiting: set[Idle] = set()

    def timeout_ctx(self) -> Idle:
        return Idle(self._waiting, self.cfg.keepalive)

    def notify(self) -> None:
        """Called about every second, and while the worker waits for the last requests to end."""
        super().notify()
        if not self.alive:
            for idle in list(self._waiting):
                idle.expire()
