"""The axis: how a span is cut into steps, and which tier of rollups serves them. Pure.

Steps of less than a day begin at midnight of the zone and go on from there, days at midnight, weeks on Monday. So a day
on which the clocks change has 23 or 25 hours and is one step all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, format_duration
from gamepilot_mon.rollups.tiers import FINE, HOUR, KEPT_MS, from_finest, is_kept

POINTS_MOST = 2_000
POINTS_SHOWN = 400  # at most, when no step is asked for
STEPS = (
    FINE, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS,
    12 * HOUR_MS, DAY_MS, WEEK_MS,
)  # fmt: skip
_MONDAY = date(1970, 1, 5)


class Refused(Exception):
    """What is asked for cannot be had: which parameter, and why."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Axis:
    """Steps from each of `edges` to the next one, read from buckets of `width`."""

    edges: tuple[int, ...]
    step_ms: int
    width: int

    @property
    def starts(self) -> tuple[int, ...]:
        return self.edges[:-1]


def make(
    since: int, until: int, now: int, zone: ZoneInfo, *,
    step_ms: int | None = None, back_days: int = 0, shown: int = POINTS_SHOWN,
) -> Axis:  # fmt: skip
    """The steps that hold [since, until), which may be one before and one after it.

    `back_days`: as many days further back it must be possible too; `shown`: points when no step is given.
    Raises Refused.
    """
    oldest = since - back_days * DAY_MS
    if step_ms is None:
        step_ms = _fitting(oldest, until - since, shown, now)
    elif not _is_regular(step_ms):
        raise Refused("/step", "must be whole tens of seconds that divide a day, or whole days")
    elif step_ms < from_finest(oldest, now)[0]:
        raise Refused("/step", _too_fine(oldest, now))
    if (until - since) / step_ms > POINTS_MOST:
        raise Refused("/step", f"would make more than {POINTS_MOST:,} points a series; ask for a wider one")
    edges = tuple(_edges(since, until, step_ms, zone))
    return Axis(edges, step_ms, _width(edges, step_ms, now))


def shifted(axis: Axis, days: int, now: int, zone: ZoneInfo) -> Axis:
    """The same times of day, so many days before."""
    edges = tuple(_days_before(edge, days, zone) for edge in axis.edges)
    return Axis(edges, axis.step_ms, _width(edges, axis.step_ms, now))


def _fitting(oldest: int, span_ms: int, shown: int, now: int) -> int:
    kept = from_finest(oldest, now)[0]
    wide = (step for step in STEPS if step >= kept and span_ms / step <= shown)
    return next(wide, WEEK_MS)


def _is_regular(step_ms: int) -> bool:
    if step_ms > DAY_MS:
        return step_ms % DAY_MS == 0
    return step_ms > 0 and step_ms % FINE == 0 and DAY_MS % step_ms == 0


def _too_fine(oldest: int, now: int) -> str:
    kept = from_finest(oldest, now)[0]
    return f"the finest that is kept so far back is {format_duration(kept)}"


def _width(edges: tuple[int, ...], step_ms: int, now: int) -> int:
    """The widest buckets of which none lies in two steps; the finest that are kept when there are no such."""
    kept = [width for width in KEPT_MS if width <= step_ms and is_kept(width, edges[0], now)] or [HOUR]
    whole = [width for width in kept if all(edge % width == 0 for edge in edges)]
    return max(whole, default=min(kept))


def _edges(since: int, until: int, step_ms: int, zone: ZoneInfo) -> Iterator[int]:
    """From the last step that begins at or before `since` to the first that begins at or after `until`."""
    after = until
    for day, after in pairwise(_days(since, until, step_ms, zone)):
        first = day + (max(since, day) - day) // step_ms * step_ms
        for edge in range(first, after, step_ms) if step_ms < DAY_MS else (day,):
            if edge >= until:
                yield edge
                return
            yield edge
    yield after


def _days(since: int, until: int, step_ms: int, zone: ZoneInfo) -> Iterator[int]:
    """The midnights at which a day, or a step of several, begins."""
    days = max(1, step_ms // DAY_MS)
    day = datetime.fromtimestamp(since / 1000, zone).date()
    day -= timedelta(days=(day - _MONDAY).days % days)
    moment = _midnight(day, zone)
    while moment < until:
        yield moment
        day += timedelta(days=days)
        moment = _midnight(day, zone)
    yield moment


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def _days_before(moment: int, days: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(moment / 1000, zone)
    return round((local - timedelta(days=days)).timestamp() * 1000)
