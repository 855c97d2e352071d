"""During: times of day on the wall clock of a zone, such as weekdays from 22:00 to 06:00. Pure.

A span belongs to the day on which it begins. Its ends are moments: one that the spring change skips is where the gap
ends, one that the autumn change repeats is the first of the two. So spans that follow one another on the clock leave
no hole and do not overlap on any night of the year.
"""

import functools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gamepilot_mon.clock import SECOND_MS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_AHEAD = 15  # days: two weeks, since the clocks can skip the whole span of one


@dataclass(frozen=True, slots=True)
class During:
    """Minutes since midnight; one that ends at or before its start ends on the next day."""

    zone: str
    days: frozenset[str] = frozenset(DAYS)
    starts: int = 0
    ends: int = DAY_MINUTES

    def contains(self, now: int) -> bool:
        return any(start <= now < end for start, end in _spans(self, now, 0))

    def next_in(self, now: int) -> int:
        """`now` when it is inside, else when the next span begins."""
        if self.contains(now):
            return now
        return min(start for start, _ in _spans(self, now, _AHEAD) if start > now)

    def next_edge(self, now: int) -> int:
        """When the next span begins or ends."""
        return min(edge for span in _spans(self, now, _AHEAD) for edge in span if edge > now)

    def on(self, day: date) -> tuple[int, int]:
        """[start, end) of the span that begins on `day`; empty when the clocks skip all of it."""
        ends = self.ends if self.ends > self.starts else self.ends + DAY_MINUTES
        return _moment(self.zone, day, self.starts), _moment(self.zone, day, ends)


# An evaluation asks the same of many alerts.
@functools.lru_cache(maxsize=1024)
def _spans(hours: During, now: int, days_ahead: int) -> tuple[tuple[int, int], ...]:
    """Those that begin between yesterday and `days_ahead`, without empty ones."""
    today = datetime.fromtimestamp(now / 1000, ZoneInfo(hours.zone)).date()
    days = (today + timedelta(days=offset) for offset in range(-1, days_ahead + 1))
    spans = (hours.on(day) for day in days if DAYS[day.weekday()] in hours.days)
    return tuple((start, end) for start, end in spans if start < end)


@functools.lru_cache(maxsize=4096)
def _moment(zone: str, day: date, minutes: int) -> int:
    """The first moment at which the clocks of `zone` show so many minutes after the midnight of `day`, or more."""
    days, rest = divmod(minutes, DAY_MINUTES)
    wall = datetime(day.year, day.month, day.day, rest // 60, rest % 60) + timedelta(days=days)
    before, after = (int(wall.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) for fold in (0, 1))
    # In a gap the two readings are the wrong way round, and the gap ends between them.
    return (before if before <= after else _gap_end(zone, after, before)) * SECOND_MS


def _gap_end(zone: str, low: int, high: int) -> int:
    """The first second after `low` that has the offset of `high`."""
    offset = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == offset else (middle, high)
    return high


def _offset(zone: str, second: int) -> timedelta | None:
    return datetime.fromtimestamp(second, ZoneInfo(zone)).utcoffset()


def minutes(text: str) -> int:
    """`22:30` is 1350, `24:00` is 1440. Raises ValueError."""
    hour, colon, minute = text.partition(":")
    if not (
        colon
        and len(hour) == 2
        and len(minute) == 2
        and (hour + minute).isascii()
        and (hour + minute).isdigit()
    ):
        raise ValueError("must be a time of day such as 22:00")
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY_MINUTES:
        raise ValueError("must be a time of day from 00:00 to 24:00")
    return found
