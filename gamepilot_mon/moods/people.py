"""People: who was seen when, and how many were active.

For the last 30 days each player is one row with the moment that they were last seen, so "now", "24 h" and "7 d" are
exact. A day in the past is a sketch that counts within 1.6 %; nobody can be read from it, nor be taken out of it.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from gamepilot_mon import db
from gamepilot_mon.clock import DAY_MS, MINUTE_MS, iso
from gamepilot_mon.models import ActiveUser, DayUsers
from gamepilot_mon.moods import hyperloglog

NOW_MS = 5 * MINUTE_MS
REMEMBERED_MS = 30 * DAY_MS

_SEEN = (
    "INSERT INTO active_user (user, last_seen) VALUES (?, ?)"
    " ON CONFLICT (user) DO UPDATE SET last_seen = MAX(last_seen, excluded.last_seen)"
)


class Sightings:
    """Who was seen in a batch of events; save() is its one write."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._days: dict[int, set[str]] = defaultdict(set)

    def add(self, user: str, at: int) -> None:
        if at > self._last.get(user, -1):
            self._last[user] = at
        self._days[at - at % DAY_MS].add(user)

    def save(self, now: int) -> None:
        """Inside the caller's write()."""
        recent = [(user, at) for user, at in self._last.items() if at >= now - REMEMBERED_MS]
        db.database.connection().executemany(_SEEN, recent)
        for day, users in self._days.items():
            row = DayUsers.get_or_none(DayUsers.day == day)
            registers = bytearray(row.registers) if row else hyperloglog.empty()
            hyperloglog.add(registers, users)
            DayUsers.insert(day=day, registers=bytes(registers)).on_conflict_replace().execute()


def active(now: int) -> dict[str, int | None]:
    """Different players that were seen in the last 5 minutes, 24 hours, 7 and 30 days; exact. None: nobody ever was."""
    spans = {"now": NOW_MS, "last24h": DAY_MS, "last7d": 7 * DAY_MS, "last30d": REMEMBERED_MS}
    seen = ActiveUser.select().exists()
    return {name: _since(now - span) if seen else None for name, span in spans.items()}


def _since(moment: int) -> int:
    return int(ActiveUser.select().where(ActiveUser.last_seen >= moment).count())


def by_day(since: int, until: int) -> list[dict[str, Any]]:
    """Each day (UTC) with anybody, and the seven days that end with it; both within 1.6 %."""
    first = since - since % DAY_MS
    rows = DayUsers.select().where((DayUsers.day >= first - 6 * DAY_MS) & (DayUsers.day < until))
    sketches = {row.day: bytes(row.registers) for row in rows}
    return [_day(day, sketches) for day in sorted(sketches) if day >= first]


def _day(day: int, sketches: Mapping[int, bytes]) -> dict[str, Any]:
    week = [sketches[d] for d in range(day - 6 * DAY_MS, day + 1, DAY_MS) if d in sketches]
    return {
        "day": iso(day)[:10],
        "users": hyperloglog.estimate(sketches[day]),
        "users7d": hyperloglog.estimate(bytes(hyperloglog.union(week))),
    }
