"""Rhythms: what a rhythm rule sees, now or at a moment that has passed."""

from typing import Any

import peewee

from gamepilot_mon import rhythm
from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.models import Tally
from gamepilot_mon.moods.tallies import PULSE_MS
from gamepilot_mon.queries import Watch
from gamepilot_mon.rhythm import Rhythm, Usual
from gamepilot_mon.rules import Rule, Window

# A week without a sign of the signal for half a day around the moment was not recorded, or is not usual.
AROUND_MS = 12 * HOUR_MS


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
