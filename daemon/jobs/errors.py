"""Errors: fold the errors that have arrived into their groups, and tell of those that are new or came back."""

from daemon.jobs import Context
from gamepilot_mon import db, stream
from gamepilot_mon.clock import utcnow
from gamepilot_mon.error_groups import announcing, folding


class Errors:
    name = "errors"
    every_ms = 30_000
    gap_ms = 200
    limit_ms = 60_000
    wakes_on = frozenset({"events"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._stopping = context.stopping
        self._passed = 0  # events up to this id are of no kind that matters here

    def run(self, now: int) -> int | None:
        while not self._stopping():
            newest = stream.newest_id()
            if not folding.STREAM.pending(self._passed):
                self._skip(newest)
                return None
            self._fold()
        return None

    def _fold(self) -> None:
        with db.write():
            now = utcnow()
            folded = folding.fold(now)
            announcing.announce(self._settings, folded, now)

    def _skip(self, newest: int) -> None:
        """Now and then also in the store, so that the events that were passed over can be deleted in time."""
        if newest - self._passed >= stream.STRIDE or self._passed == 0:
            with db.write():
                folding.STREAM.moved(newest)
        self._passed = newest
