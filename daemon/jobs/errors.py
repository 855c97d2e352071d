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
        self._reader = stream.Reader(folding.STREAM)

    def run(self, now: int) -> int | None:
        while not self._stopping() and self._reader.pending(now):
            self._fold()
        return None

    def _fold(self) -> None:
        with db.write():
            now = utcnow()
            folded = folding.fold(now)
            announcing.announce(self._settings, folded, now)
