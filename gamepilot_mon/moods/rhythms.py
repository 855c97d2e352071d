"""Rhythms: what a rhythm rule sees, now or at a moment that has passed, and what it saw all along a time."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import peewee

from gamepilot_mon import rhythm
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, WEEK_MS
from gamepilot_mon.models import Tally
from gamepilot_mon.moods.tallies import PULSE_MS
from gamepilot_mon.queries import Watch
from gamepilot_mon.rhythm import Rhythm, Usual
from gamepilot_mon.rules import Rule, Verdict, Window, evaluate

# A week without a sign of the signal for half a day around the moment was not recorded, or is not usual.
AROUND_MS = 12 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Then:
    """What a rhythm saw from `at` until before `until`: the count of its window, and what is usual."""

    at: int
    until: int
    count: int
    usual: Usual | None


class Pulses(Protocol):
    """How often one signal was reported, in pulses of PULSE_MS."""

    def count(self, since: int, until: int) -> int: ...

    def is_any(self, since: int, until: int) -> bool: ...


class Stored:
    """In the store: each question is a short read."""

    def __init__(self, signal: str) -> None:
        self._signal = signal

    def count(self, since: int, until: int) -> int:
        total: Any = Tally.select(peewee.fn.COALESCE(peewee.fn.SUM(Tally.count), 0))
        return int(total.where(_within(self._signal, since, until)).scalar())

    def is_any(self, since: int, until: int) -> bool:
        return bool(Tally.select().where(_within(self._signal, since, until)).exists())


class Read:
    """In memory, for many questions about one time; only what lies in it is known."""

    def __init__(self, signal: str, since: int, until: int) -> None:
        rows: Any = Tally.select(Tally.start, Tally.count).where(_within(signal, since, until))
        found = list(rows.order_by(Tally.start).tuples())
        self.starts = [start for start, _ in found]
        self._before = [0, *accumulate(count for _, count in found)]

    def count(self, since: int, until: int) -> int:
        return int(self._before[self._place(until)] - self._before[self._place(since)])

    def is_any(self, since: int, until: int) -> bool:
        return self._place(until) > self._place(since)

    def _place(self, moment: int) -> int:
        return bisect_left(self.starts, moment)


def seen(watch: Watch, at: int) -> tuple[Rule, Window]:
    """The rule with its thresholds in counts, and the window up to the last full five minutes before `at`."""
    wanted = watch.rhythm
    assert wanted is not None
    return rhythm.judged(watch.rule, wanted, *compared(wanted, at))


def compared(wanted: Rhythm, at: int) -> tuple[int, Usual | None]:
    """The count of the span up to the last full five minutes before `at`, and what was usual then in past weeks."""
    return _compared(wanted, at - at % PULSE_MS, Stored(wanted.signal))


def past(wanted: Rhythm, since: int, until: int) -> list[Then]:
    """As compared(), all along [since, until] from the first sign of the signal on, by one question to the store."""
    reach = (wanted.weeks + 1) * WEEK_MS + wanted.span_ms + AROUND_MS
    pulses = Read(wanted.signal, since - reach, until)
    if not pulses.starts:
        return []
    first = max(since - since % PULSE_MS, pulses.starts[0] + PULSE_MS)
    return [
        Then(max(end, since), min(end + PULSE_MS, until + 1), *_compared(wanted, end, pulses))
        for end in range(first, until + 1, PULSE_MS)
    ]


def verdicts(rule: Rule, wanted: Rhythm, past: Sequence[Then]) -> list[tuple[int, Verdict]]:
    """(moment, verdict) of each minute: as in life, which asks more often than there is something new to see."""
    found: list[tuple[int, Verdict]] = []
    for then in past:
        counts, window = rhythm.judged(rule, wanted, then.count, then.usual)
        verdict = evaluate(counts, [window])
        found += ((now, verdict) for now in range(then.at, then.until, MINUTE_MS))
    return found


def _compared(wanted: Rhythm, end: int, pulses: Pulses) -> tuple[int, Usual | None]:
    before = [
        moment
        for moment in rhythm.past_moments(end, wanted)
        if pulses.is_any(moment - AROUND_MS, moment + AROUND_MS)
    ]
    usual = rhythm.usual([pulses.count(moment - wanted.span_ms, moment) for moment in before])
    return pulses.count(end - wanted.span_ms, end), usual


def _within(signal: str, since: int, until: int) -> Any:
    return (Tally.what == "pulse") & (Tally.name == signal) & (Tally.start >= since) & (Tally.start < until)
