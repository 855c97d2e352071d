"""Rhythm: how much is usual at this hour of the week, and how far from it is too far. Pure.

The window is compared with those that ended at the same local time of the weeks before. What is usual is their median,
and a usual deviation 1.4826 times the median of their distances from it (for a normal distribution that is the
standard deviation, and one odd week does not move it); never less than the square root of the median, by which counts
vary by chance alone, as few weeks may happen to be alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from gamepilot_mon.rules import Rule, Window

NORMAL = 1.4826


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Which signal is compared, over how long, with how many weeks, on which clock."""

    signal: str
    span_ms: int
    weeks: int
    zone: str


@dataclass(frozen=True, slots=True)
class Usual:
    """`weeks` is how many past weeks say so."""

    expected: float
    deviation: float
    weeks: int


def usual(counts: Sequence[int]) -> Usual | None:
    """Of the same window in past weeks; None without any."""
    if not counts:
        return None
    middle = median(counts)
    spread = NORMAL * median(abs(count - middle) for count in counts)
    return Usual(middle, max(spread, math.sqrt(middle), 1.0), len(counts))


def past_moments(end: int, rhythm: Rhythm) -> list[int]:
    """The same local time of the weeks before `end`, also across a change of the clocks; epoch ms."""
    zone = ZoneInfo(rhythm.zone)
    there = datetime.fromtimestamp(end // 1000, UTC).astimezone(zone).replace(tzinfo=None)
    weeks = (there - timedelta(weeks=week) for week in range(1, rhythm.weeks + 1))
    return [int(moment.replace(tzinfo=zone).timestamp()) * 1000 for moment in weeks]


def judged(rule: Rule, rhythm: Rhythm, count: int, found: Usual | None) -> tuple[Rule, Window]:
    """The rule with its deviations turned into counts, and the window that it is held against."""
    if found is None:
        return replace(rule, unit="count"), Window(rhythm.span_ms, 0, None)
    sign = -1 if rule.operator == "<" else 1

    def rung(deviations: float | None) -> float | None:
        return None if deviations is None else round(found.expected + sign * deviations * found.deviation, 2)

    note = f"expected {found.expected:g} ± {found.deviation:.3g}, by {found.weeks} past weeks"
    counts = replace(rule, unit="count", warning=rung(rule.warning), critical=rung(rule.critical))
    return counts, Window(rhythm.span_ms, found.weeks, float(count), note)
