"""Prune: delete what is past its keep, a bounded piece at a time so that no writer waits for it.

Now and then it also measures what the store takes."""

from daemon.jobs import Context
from gamepilot_mon import db, retention, storage

PIECE = 2_000


class Prune:
    name = "prune"
    every_ms = 60_000
    gap_ms = 200
    limit_ms = 120_000
    wakes_on: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        self._settings = context.settings

    def run(self, now: int) -> int | None:
        if storage.is_due(now):
            measured = storage.measure(now)
            with db.write():
                storage.keep(measured)
        with db.write():
            deleted = retention.prune(self._settings, now, limit=PIECE)
        return now if max(deleted.values()) >= PIECE else None
