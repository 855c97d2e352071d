"""GamePilot: read on in GamePilot's own database as soon as something was written there."""

import logging

from daemon.jobs import Context
from gamepilot_mon import db
from gamepilot_mon.sources import gamepilot_db

log = logging.getLogger(__name__)

LOOK_EVERY_MS = 250  # a look costs a few microseconds while nothing has changed
NEVER_MS = 3_600_000


class GamePilot:
    name = "gamepilot"
    gap_ms = 0
    limit_ms = 60_000
    wakes_on: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        url = context.settings.gamepilot_database_url
        self._source = gamepilot_db.open_source(url) if url else None
        self._stopping = context.stopping
        self._unfinished = False
        self.every_ms = LOOK_EVERY_MS if url else NEVER_MS

    def run(self, now: int) -> int | None:
        if self._source is None or not (self._source.changed() or self._unfinished):
            return None
        # Until the rows are stored they count as unread, whatever happens on the way.
        self._unfinished = True
        more = True
        while more and not self._stopping():
            batch = self._source.poll(now)
            for problem in batch.problems:
                log.warning("%s", problem)
            if batch.rows or batch.cursors:
                with db.write():
                    gamepilot_db.store(batch, now)
            more = batch.more
        self._unfinished = more
        return None
