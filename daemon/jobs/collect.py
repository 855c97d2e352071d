"""Collect: fold the events that have arrived into rollups, in pieces that hold up no other write for long."""

import time

from daemon.jobs import Context
from gamepilot_mon import db, event_stretches, pieces, rollups
from gamepilot_mon.clock import utcnow

FIRST = 2_000  # events of the first piece
LEAST = 1_000  # below that the buckets are written more often than events are added to them


class Collect:
    name = "collect"
    every_ms = 5_000
    gap_ms = 20
    limit_ms = 60_000
    wakes_on = frozenset({"events"})

    def __init__(self, context: Context) -> None:
        self._folder = rollups.Folder(context.settings.slow_ms)
        self._stopping = context.stopping
        self._size = FIRST

    def run(self, now: int) -> int | None:
        while not self._stopping() and rollups.pending():
            self._fold_piece()
        return None

    def _fold_piece(self) -> None:
        with db.write(bulk=True):
            began = time.thread_time()  # what else the machine does must not make the pieces small
            folded = self._folder.fold(utcnow(), limit=self._size)
            event_stretches.extend()
            db.touch("rollups")
        if folded == self._size:
            self._size = max(LEAST, pieces.next_size(self._size, (time.thread_time() - began) * 1e3))
