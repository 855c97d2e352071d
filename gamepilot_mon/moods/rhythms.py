"""Rhythms: what a rhythm rule sees, now or at a moment that has passed, and what it saw all along a time."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Protocol

import peewee

from gamepilot_mon import rhythm
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS, WEEK_MS
from gamepilot_mon.models import Tally
from gamepilot_mon.moods.tallies import PULSE_MS
from gamepilot_mon.queries import Watch
from gamepilot_mon.rhythm import Rhythm
from gamepilot_mon.rules import Rule, Verdict, Window, evaluate

# A week without a sign of the signal for half a day around the moment was not recorded, or is not usual.
AROUND_MS = 12 * HOUR_MS


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
    return _seen(watch, at - at % PULSE_MS, Stored(_rhythm(watch).signal))


def verdicts(watch: Watch, since: int, until: int) -> Iterator[tuple[int, Verdict]]:
    """(moment, verdict) of each minute of [since, until], from the first sign of the signal on."""
    wanted = _rhythm(watch)
    reach = (wanted.weeks + 1) * WEEK_MS + wanted.span_ms + AROUND_MS
    pulses = Read(wanted.signal, since - reach, until + 1)
    first = max(since - since % PULSE_MS, pulses.starts[0] + PULSE_MS) if pulses.starts else until + 1
    for end in range(first, until + 1, PULSE_MS):
        rule, window = _seen(watch, end, pulses)
        verdict = evaluate(rule, [window])
        for now in range(max(end, since), min(end + PULSE_MS, until + 1), MINUTE_MS):
            yield now, verdict


def _seen(watch: Watch, end: int, pulses: Pulses) -> tuple[Rule, Window]:
    wanted = _rhythm(watch)
    past = [
        moment
        for moment in rhythm.past_moments(end, wanted)
        if pulses.is_any(moment - AROUND_MS, moment + AROUND_MS)
    ]
    found = rhythm.usual([pulses.count(moment - wanted.span_ms, moment) for moment in past])
    return rhythm.judged(watch.rule, wanted, pulses.count(end - wanted.span_ms, end), found)


def _rhythm(watch: Watch) -> Rhythm:
    assert watch.rhythm is not None
    return watch.rhythm


def _within(signal: str, since: int, until: int) -> Any:
    return (Tally.what == "pulse") & (Tally.name == signal) & (Tally.start >= since) & (Tally.start < until)
