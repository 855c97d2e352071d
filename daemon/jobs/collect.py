"""Collect: fold the events that have arrived into rollups."""

from daemon.jobs import Context
from gamepilot_mon import db, event_stretches, rollups
from gamepilot_mon.clock import utcnow

BATCH = 5_000


class Collect:
    name = "collect"
    every_ms = 5_000
    gap_ms = 20
    limit_ms = 60_000
    wakes_on = frozenset({"events"})

    def __init__(self, context: Context) -> None:
        self._folder = rollups.Folder(context.settings.slow_ms)
        self._stopping = context.stopping

    def run(self, now: int) -> int | None:
        while not self._stopping():
            if not rollups.pending():
                return None
            with db.write():
                self._folder.fold(utcnow(), limit=BATCH)
                event_stretches.extend()
                db.touch("rollups")
        return None
