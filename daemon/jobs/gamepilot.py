"""GamePilot: read on in GamePilot's own database as soon as something was written there.

A backlog is read a batch a run, and never further ahead of the rollups than a little: an event that comes by
HTTP meanwhile waits behind that little only.
"""

import logging

import peewee

from daemon.jobs import Context
from gamepilot_mon import db, rollups
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Cursor, Event
from gamepilot_mon.sources import gamepilot_db, gamepilot_progress
from gamepilot_mon.sources.gamepilot_progress import Pace
from gamepilot_mon.sources.gamepilot_reading import Batch

log = logging.getLogger(__name__)

LOOK_EVERY_MS = (
    250  # a look costs a few microseconds (SQLite), or one small statement, while nothing has changed
)
NEVER_MS = 3_600_000
UNFOLDED_MAX = 5_000
FOLD_WAIT_MS = 10


class GamePilot:
    name = "gamepilot"
    gap_ms = 5
    limit_ms = 60_000
    wakes_on: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        settings = context.settings
        url = settings.gamepilot_database_url
        self._source = gamepilot_db.open_source(url, settings.raw_history_ms) if url else None
        self._unfinished = False
        self._pace = Pace()
        self.every_ms = LOOK_EVERY_MS if url else NEVER_MS

    def run(self, now: int) -> int | None:
        if self._source is None or not (self._unfinished or self._source.changed()):
            return None
        # Until the rows are stored they count as unread, whatever happens on the way.
        self._unfinished = True
        if _unfolded() > UNFOLDED_MAX:
            return now + FOLD_WAIT_MS
        batch = self._source.poll(now)
        self._keep(batch, now)
        self._unfinished = batch.more
        return utcnow() if batch.more else None

    def _keep(self, batch: Batch, now: int) -> None:
        news = batch.notices or gamepilot_progress.differs(batch.problems)
        told: list[str] = []
        rate = self._pace.add(len(batch.rows))
        if batch.rows or batch.cursors or news:
            with db.write():
                gamepilot_db.store(batch, now)
                if news:
                    told = gamepilot_progress.keep(batch.problems, batch.notices, now)
                if batch.more:
                    gamepilot_progress.keep_pace(rate, now)
        for problem in told:
            log.warning("%s", problem)


def _unfolded() -> int:
    newest = Event.select(peewee.fn.MAX(Event.id)).scalar() or 0
    return int(newest) - Cursor.read(rollups.CURSOR)
