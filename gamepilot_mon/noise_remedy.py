"""A remedy for a noisy rule, tried on the past: what would a longer wait or another threshold have spared?

Rules over operations are replayed over the recorded minutes, by the same code that judges in life. Where those tell
nothing (single facts, or noise older than two days) the alerts themselves are the record: one that was over within
the wait would not have fired. Neither says what the future brings.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import peewee

from gamepilot_mon import backtest, minutes, noise
from gamepilot_mon.alert_history import Span
from gamepilot_mon.alerts import Patience
from gamepilot_mon.backtest import Firing, Verdicts
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, format_duration
from gamepilot_mon.counted import counted
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.queries import Watch
from gamepilot_mon.rules import Rule, quantity
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.windows import Target

LONG_MS = 15 * MINUTE_MS  # alerts that lasted so long are no noise: a remedy must not hide one
MINUTES_MS = 48 * HOUR_MS  # how far back minutes are kept
WAITS_MS = tuple(minutes * MINUTE_MS for minutes in (1, 3, 5, 10))
FACTORS = (1.25, 1.5, 2.0)
Said = Mapping[Target, Verdicts]
Judge = Callable[[Rule, Said], Said]  # what a milder rule says, where that said what it did

ENOUGH = 0.5  # the smallest change that spares this share is suggested


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the rule; None leaves it as it is."""

    for_ms: int | None = None
    warning: float | None = None
    critical: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change would have done to `pages` pages and to `long` alerts of 15 minutes or longer."""

    change: Change
    pages: int
    removed: int
    long: int
    long_kept: int

    @property
    def harmless(self) -> bool:
        return self.long_kept == self.long


@dataclass(frozen=True, slots=True)
class Remedy:
    """`best` is None when nothing that was tried spares anything without hiding a long alert."""

    type: str
    basis: str
    trials: list[Trial]
    best: Trial | None


def find(config: RuntimeConfig, type_: str, watch: Watch | None, span: Span, now: int) -> Remedy:
    """`watch` is None for rules of single facts, and for one that is gone."""
    if watch is not None:
        seen = minutes.seen(watch, now - MINUTES_MS, now)
        said = backtest.judged_all(watch.rule, seen)
        again: Judge = lambda rule, said: backtest.judged_again(rule, seen, said)  # noqa: E731
        trials = list(tried(config, watch.rule, said, again))
        if trials and trials[0].pages:
            return Remedy(
                type_, f"the minutes of the last {format_duration(MINUTES_MS)}", trials, best(trials)
            )
    trials = list(_over_alerts(type_, watch.rule.for_ms if watch else 0, span))
    days = format_duration(round((span.until - span.since) / DAY_MS) * DAY_MS)
    return Remedy(type_, f"the alerts of the last {days}", trials, best(trials))


def best(trials: Sequence[Trial]) -> Trial | None:
    """Of the harmless ones the first that spares enough, else the one that spares most."""
    useful = [trial for trial in trials if trial.harmless and trial.removed > 0]
    enough = [trial for trial in useful if trial.removed >= ENOUGH * trial.pages]
    return enough[0] if enough else max(useful, key=lambda trial: trial.removed, default=None)


def tried(config: RuntimeConfig, rule: Rule, said: Said, judge: Judge) -> Iterator[Trial]:
    """What each change would have spared of what `rule` said; nothing when nothing paged."""

    def outcome(said: Said, changed: Rule) -> backtest.Result:
        return backtest.result(
            said, Patience.of(changed), 0,
            cooldown_ms=config.cooldown_ms, repeat_ms=config.repeat_interval_ms,
        )  # fmt: skip

    before = outcome(said, rule)
    if not before.pages:
        return
    for wait_ms in _longer(rule.for_ms):  # which changes no verdict
        yield _trial(Change(for_ms=wait_ms), before, outcome(said, replace(rule, for_ms=wait_ms)))
    for factor in FACTORS if rule.rungs else ():
        milder = milder_by(rule, factor)
        change = Change(warning=milder.warning, critical=milder.critical)
        yield _trial(change, before, outcome(judge(milder, said), milder))


def _longer(for_ms: int) -> list[int]:
    """The waits to try: longer than the rule's own."""
    return [wait_ms for wait_ms in WAITS_MS if wait_ms > for_ms]


def _trial(change: Change, before: backtest.Result, after: backtest.Result) -> Trial:
    long = [firing for firing in before.spans if firing.until - firing.since >= LONG_MS]
    kept = sum(any(_meet(firing, other) for other in after.spans) for firing in long)
    return Trial(change, len(before.pages), len(before.pages) - len(after.pages), len(long), kept)


def _meet(one: Firing, other: Firing) -> bool:
    return one.target == other.target and one.since < other.until and other.since < one.until


def milder_by(rule: Rule, factor: float) -> Rule:
    """Thresholds further from what is well: twice the ratio, or for success twice the distance from 1."""
    # Deviations, of a rhythm, lie as far below what is usual as above.
    low_is_bad = rule.operator in ("<", "<=") and rule.unit != "times"

    def milder(rung: float | None) -> float | None:
        if rung is None:
            return None
        if rule.unit == "ratio" and 0 <= rung <= 1:
            return round(max(0.0, 1 - (1 - rung) * factor) if low_is_bad else min(1.0, rung * factor), 6)
        return round(rung / factor if low_is_bad == (rung > 0) else rung * factor, 6)

    return replace(rule, warning=milder(rule.warning), critical=milder(rule.critical))


def _over_alerts(type_: str, for_ms: int, span: Span) -> Iterator[Trial]:
    lived = _lived(type_, span)
    pages = sum(pages for _, pages in lived)
    long = sum(lasted is None or lasted >= LONG_MS for lasted, _ in lived)
    for wait_ms in _longer(for_ms) if pages else ():
        more_ms = wait_ms - for_ms  # it has waited for_ms already
        removed = sum(pages for lasted, pages in lived if lasted is not None and lasted <= more_ms)
        yield Trial(Change(for_ms=wait_ms), pages, removed, long, long)


def _lived(type_: str, span: Span) -> list[tuple[int | None, int]]:
    """(how long it fired, None for one that still does; pages in the channel with the most) of each alert."""
    paged = noise.pages(span).get(type_, {})
    loudest = max(paged, key=lambda channel: sum(paged[channel].values()), default="")
    number = peewee.fn.COUNT(Notification.id)
    rows: Any = (
        Notification.select(Alert.fired_at, Alert.ended_at, number)
        .join(Alert, on=(Alert.id == Notification.alert_id))
        .where(noise.was_page(span), Alert.type == type_, Notification.channel == loudest)
        .group_by(Alert.id)
    )
    return [(None if ended is None else ended - fired, pages) for fired, ended, pages in rows.tuples()]


def sentence(remedy: Remedy, rule: Rule | None) -> str:
    trial = remedy.best
    if trial is None:
        return f"{remedy.type}: nothing that was tried spares a page without hiding a long alert ({remedy.basis})"
    kept = f"and kept {_long(trial.long)} of 15 minutes or longer" if trial.long else "with no long alert"
    return (
        f"{remedy.type}: {words(trial.change, rule)} would have removed {trial.removed} of "
        f"{counted(trial.pages, 'page')} {kept} ({remedy.basis})"
    )


def _long(count: int) -> str:
    return "the one alert" if count == 1 else f"all {count:,} alerts"


def words(change: Change, rule: Rule | None) -> str:
    if change.for_ms is not None:
        return f"for: {format_duration(change.for_ms)}"
    unit = rule.unit if rule else "count"
    rungs = (("warning", change.warning), ("critical", change.critical))
    return " and ".join(f"{name} {quantity(unit, rung)}" for name, rung in rungs if rung is not None)


def document(remedy: Remedy, rule: Rule | None) -> dict[str, Any]:
    return {
        "type": remedy.type, "basis": remedy.basis, "text": sentence(remedy, rule),
        "best": remedy.best and _trial_document(remedy.best), "tried": [_trial_document(t) for t in remedy.trials],
    }  # fmt: skip


def _trial_document(trial: Trial) -> dict[str, Any]:
    change = {
        "forMs": trial.change.for_ms, "warning": trial.change.warning, "critical": trial.change.critical
    }  # fmt: skip
    return {
        "change": {name: value for name, value in change.items() if value is not None},
        "pages": trial.pages, "removed": trial.removed, "longAlerts": trial.long,
        "longAlertsKept": trial.long_kept,
    }  # fmt: skip
