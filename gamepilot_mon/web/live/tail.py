"""The tail: reads the log as it grows and hands the new items to the hub."""

from collections.abc import Callable
from pathlib import Path

import gevent

from gamepilot_mon import feed, nudge
from gamepilot_mon.clock import utcnow
from gamepilot_mon.feed import Item
from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.timing import Timing

PAGE_ITEMS = 500
NAME = "live"


class Tail:
    """`progress_at` is when it last had an answer from the store, for whoever watches the watchers."""

    def __init__(
        self, store: Store, nudges: Path, cursor: int, publish: Callable[[list[Item]], None], timing: Timing
    ) -> None:
        self.cursor = cursor
        self.progress_at = utcnow()
        self._store = store
        self._nudges = nudges
        self._publish = publish
        self._timing = timing

    def run(self) -> None:
        """Never returns; raises what the store or the socket raises, and can then be run again."""
        listener = nudge.Listener(self._nudges, NAME)
        try:
            while True:
                if self._read():
                    # What comes within this pause travels together; after silence the first never waits.
                    gevent.sleep(self._timing.coalesce_ms / 1000)
                else:
                    self._wait(listener)
        finally:
            listener.close()

    def _read(self) -> bool:
        items = self._store.read(feed.since, self.cursor, limit=PAGE_ITEMS)
        self.progress_at = utcnow()
        if items:
            self.cursor = items[-1].id
            self._publish(items)
        return bool(items)

    def _wait(self, listener: nudge.Listener) -> None:
        with gevent.Timeout(self._timing.poll_ms / 1000, False):
            while not listener.wait(self._timing.poll_ms / 1000) & {"feed"}:
                pass
