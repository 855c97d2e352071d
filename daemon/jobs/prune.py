"""Prune: delete what is past its keep, a bounded piece at a time so that no writer waits for it.

Now and then it also measures what the store takes."""

import threading
import time

from daemon.jobs import Context
from gamepilot_mon import db, pieces, retention, storage
from gamepilot_mon.clock import utcnow

PIECE = 2_000
LONGEST_S = 30.0  # of one run; the next one goes on


class Prune:
    name = "prune"
    every_ms = 60_000
    gap_ms = 200
    limit_ms = 120_000
    wakes_on: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._stopping = context.stopping
        self._size = PIECE
        self._pause = threading.Event()

    def run(self, now: int) -> int | None:
        if storage.is_due(now):
            measured = storage.measure(now)
            with db.write():
                storage.keep(measured)
        with db.write(bulk=True):
            deleted = retention.prune(self._settings, now, limit=PIECE)
        more = deleted.pop("events") >= PIECE and self._events()
        return now if more or max(deleted.values()) >= PIECE else None

    def _events(self) -> bool:
        """Go on with events, which come faster than anything else; whether some are left."""
        end = time.monotonic() + LONGEST_S
        while not self._stopping() and time.monotonic() < end:
            now, size = utcnow(), self._size
            with db.write(bulk=True):
                began = time.monotonic()
                deleted = retention.prune_events(self._settings, now, limit=size)
            took_ms = (time.monotonic() - began) * 1e3
            if deleted < size:
                return False
            self._size = pieces.next_size(size, took_ms)
            self._pause.wait(pieces.pause_ms(took_ms, retention.late_ms(self._settings, now)) / 1e3)
        return True
