"""A few greenlets for what may wait for the store, so that the hub's own never does."""

import logging
from collections import deque
from collections.abc import Callable

from gevent import Greenlet, spawn
from gevent.queue import SimpleQueue

from gamepilot_mon.web.live.client import Client

log = logging.getLogger(__name__)

WORKERS = 4
MAX_STEPS = 64

Work = tuple[Callable[..., None], tuple[object, ...]]


class Workers:
    def __init__(self, failed: Callable[[Client], None]) -> None:
        self._failed = failed
        self._jobs: SimpleQueue[Work] = SimpleQueue()
        self.greenlets: list[Greenlet[..., None]] = [spawn(self._work) for _ in range(WORKERS)]

    def do(self, work: Callable[..., None], *args: object) -> None:
        self._jobs.put((work, args))

    def do_in_order(self, client: Client, step: Callable[[], None]) -> bool:
        """Do `step` after the client's earlier ones; False when too many are waiting already."""
        if client.steps is None:
            client.steps = deque([step])
            self.do(self._take_step, client)
            return True
        if len(client.steps) >= MAX_STEPS:
            return False
        client.steps.append(step)
        return True

    def _work(self) -> None:
        while True:
            work, args = self._jobs.get()
            try:
                work(*args)
            except Exception:
                log.exception("a job of the live feed failed")

    def _take_step(self, client: Client) -> None:
        """One step, then to the back of the queue: nobody's burst keeps the others waiting."""
        if not client.steps:
            return
        try:
            client.steps[0]()
        except Exception:
            log.exception("a request of live client %d failed", client.id)
            self._failed(client)
        if client.steps:
            client.steps.popleft()
        if client.steps:
            self.do(self._take_step, client)
        else:
            client.steps = None
