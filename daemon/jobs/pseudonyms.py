"""Pseudonyms: give them to players whose ids were stored before, once."""

from daemon.jobs import Context
from gamepilot_mon import db, people_tables
from gamepilot_mon.people_tables import Conversion

PLAYERS = 200


class Pseudonyms:
    name = "pseudonyms"
    every_ms = 3_600_000
    gap_ms = 100
    limit_ms = 60_000
    wakes_on: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        self._plain = context.settings.user_ids == "plain"
        self._stopping = context.stopping
        self._conversion = Conversion()

    def run(self, now: int) -> int | None:
        converted = people_tables.converted()
        if self._plain and converted:
            with db.write():
                people_tables.forget_conversion()
        if self._plain or converted:
            return None
        more = True
        while more and not self._stopping():
            with db.write():
                more = self._conversion.step(PLAYERS)
        return None
