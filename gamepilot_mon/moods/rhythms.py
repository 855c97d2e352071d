"""Rhythms: what a rhythm rule sees, now or at a moment that has passed."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import peewee

from gamepilot_mon import rhythm
from gamepilot_mon.clock import DAY_MS, HOUR_MS, WEEK_MS
from gamepilot_mon.models import Tally
from gamepilot_mon.moods.tallies import PULSE_MS
from gamepilot_mon.queries import Watch
from gamepilot_mon.rhythm import Rhythm, Usual
from gamepilot_mon.rules import Rule, Window

# A week without a sign of the signal for half a day around the moment was not recorded, or is not usual.
AROUND_MS = 12 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Then:
    """What a rhythm saw at a moment: the count of its window, and what is usual."""

    at: int
    count: int
    usual: Usual | None


def seen(watch: Watch, at: int) -> tuple[Rule, Window]:
    """The rule with its thresholds in counts, and the window up to the last full five minutes before `at`."""
    wanted = watch.rhythm
    assert wanted is not None
    return rhythm.judged(watch.rule, wanted, *compared(wanted, at))


def compared(wanted: Rhythm, at: int) -> tuple[int, Usual | None]:
    """The count of the span up to the last full five minutes before `at`, and what was usual then in past weeks."""
    end = at - at % PULSE_MS
    past = [moment for moment in rhythm.past_moments(end, wanted) if _recorded(wanted.signal, moment)]
    return _count(wanted, end), rhythm.usual([_count(wanted, moment) for moment in past])


def _count(wanted: Rhythm, end: int) -> int:
    within = _pulses(wanted.signal) & (Tally.start >= end - wanted.span_ms) & (Tally.start < end)
    total: Any = Tally.select(peewee.fn.COALESCE(peewee.fn.SUM(Tally.count), 0)).where(within).scalar()
    return int(total)


def _recorded(signal: str, moment: int) -> bool:
    around = (Tally.start >= moment - AROUND_MS) & (Tally.start < moment + AROUND_MS)
    return bool(Tally.select().where(_pulses(signal) & around).exists())


def _pulses(signal: str) -> Any:
    return (Tally.what == "pulse") & (Tally.name == signal)


def past(wanted: Rhythm, since: int, until: int) -> list[Then]:
    """What it saw at each full five minutes of the span, oldest first; as seen(), by one question to the store."""
    ends = range(since + -since % PULSE_MS, until + 1, PULSE_MS)
    pulses = _Pulses.read(wanted.signal, since - wanted.weeks * WEEK_MS - DAY_MS, until)
    return [_then(wanted, pulses, end) for end in ends]


def _then(wanted: Rhythm, pulses: "_Pulses", end: int) -> Then:
    before = [moment for moment in rhythm.past_moments(end, wanted) if pulses.is_recorded(moment)]
    counts = [pulses.between(moment - wanted.span_ms, moment) for moment in before]
    return Then(end, pulses.between(end - wanted.span_ms, end), rhythm.usual(counts))


class _Pulses:
    """The pulses of a signal with their running sum, so that any span is a difference of two."""

    def __init__(self, starts: list[int], counts: list[int]) -> None:
        self._starts = starts
        self._sums = [0, *accumulate(counts)]

    @classmethod
    def read(cls, signal: str, since: int, until: int) -> "_Pulses":
        within = _pulses(signal) & (Tally.start >= since) & (Tally.start < until)
        rows: Any = (
            Tally.select(Tally.start, peewee.fn.SUM(Tally.count))
            .where(within)
            .group_by(Tally.start)
            .order_by(Tally.start)
        )
        found = list(rows.tuples())
        return cls([start for start, _ in found], [int(count) for _, count in found])

    def between(self, since: int, until: int) -> int:
        return self._sums[bisect_left(self._starts, until)] - self._sums[bisect_left(self._starts, since)]

    def is_recorded(self, moment: int) -> bool:
        return bisect_left(self._starts, moment - AROUND_MS) < bisect_left(self._starts, moment + AROUND_MS)
