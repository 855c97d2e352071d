"""Moods: fold what players did into tallies, transitions, the funnel and who was seen."""

from daemon.jobs import Context
from gamepilot_mon import db, stream
from gamepilot_mon.clock import utcnow
from gamepilot_mon.moods import folding


class Moods:
    name = "moods"
    every_ms = 30_000
    gap_ms = 200
    limit_ms = 60_000
    wakes_on = frozenset({"events"})

    def __init__(self, context: Context) -> None:
        self._stopping = context.stopping
        self._reader = stream.Reader(folding.STREAM)

    def run(self, now: int) -> int | None:
        while not self._stopping() and self._reader.pending(now):
            with db.write():
                folding.fold(utcnow())
        return None
