"""Rules: a condition over windows with a warning and a critical rung. Pure: no store, no clock."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gamepilot_mon.clock import format_duration
from gamepilot_mon.counted import counted

RANK = {"info": 0, "warning": 1, "critical": 2}

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
SIDES = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}

NoData = Literal["ignore", "keep", "alert"]


class Outcome(StrEnum):
    BREACHED = "breached"
    LINGERING = "lingering"  # no rung is passed any more, but the clear threshold is not reached either
    HEALTHY = "healthy"
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True)
class Pair:
    """A rung that a long and a short window must both pass: that it was enough, and that it still goes on."""

    long_ms: int
    short_ms: int
    factor: float
    severity: str


@dataclass(frozen=True, slots=True)
class Rule:
    """`operator` says on which side of a rung the trouble is: `<` turns the ladder round (success_rate).

    for_ms: how long it must be breached before it fires. An open alert ends once the value has stood at `clear` or on
    its good side (without `clear`: on the good side of every rung) for clear_for_ms.
    no_data: without samples `ignore` changes nothing, `keep` also keeps the alert of a target that is gone, `alert`
    makes the absence itself a breach. `pairs` replace the two rungs; see burn_rate.py.
    """

    type: str
    title: str
    unit: str  # ratio | ms | count | times | state
    warning: float | None
    critical: float | None
    operator: str = ">"
    min_samples: int = 0
    for_ms: int = 0
    clear: float | None = None
    clear_for_ms: int = 0
    no_data: NoData = "ignore"
    pairs: tuple[Pair, ...] = ()

    def breaches(self, value: float, rung: float) -> bool:
        return COMPARE[self.operator](value, rung)

    @property
    def rungs(self) -> list[tuple[str, float]]:
        """[(severity, threshold)], the worst first."""
        ladder = (("critical", self.critical), ("warning", self.warning))
        return [(severity, rung) for severity, rung in ladder if rung is not None]

    @property
    def worst(self) -> str:
        """The severity of what has no degrees, such as a missing signal."""
        found = [severity for severity, _ in self.rungs] + [pair.severity for pair in self.pairs]
        return max(found, key=RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Window:
    """What a rule looks at: `value` is None without samples."""

    span_ms: int
    samples: int
    value: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`message` says what is so now, `ending` what an alert that ends with it says."""

    outcome: Outcome
    message: str
    severity: str | None = None
    value: float | None = None
    threshold: float | None = None
    window_ms: int | None = None
    samples: int = 0
    evidence_at: int | None = None  # newest single fact, for rules where each one counts
    ending: str | None = None


# Which outcome speaks for several windows: the first of these that any of them has.
LOUDEST = (Outcome.BREACHED, Outcome.LINGERING, Outcome.HEALTHY, Outcome.NO_DATA)


def evaluate(rule: Rule, windows: Sequence[Window], evidence_at: int | None = None) -> Verdict:
    """The worst that any window says; the first named window wins among equals.

    A window with fewer than `min_samples` says nothing. Without one that says something: no-data.
    """
    if rule.no_data == "alert" and not (deciding := _deciding(rule, windows)).samples:
        return _absent(rule, deciding)
    if rule.pairs:
        by_span = {window.span_ms: window for window in windows}
        judged = [_judge_pair(rule, pair, by_span) for pair in rule.pairs]
    else:
        judged = [_judge(rule, window, evidence_at) for window in windows]
    loudest = min((verdict.outcome for verdict in judged), key=LOUDEST.index)
    return max(
        (verdict for verdict in judged if verdict.outcome is loudest),
        key=lambda verdict: RANK[verdict.severity or "info"],
    )


def _deciding(rule: Rule, windows: Sequence[Window]) -> Window:
    """The window whose silence counts as no data: the first one, or the shortest of the long ones."""
    shortest = min((pair.long_ms for pair in rule.pairs), default=windows[0].span_ms)
    return next(window for window in windows if window.span_ms == shortest)


def _absent(rule: Rule, window: Window) -> Verdict:
    message = f"{rule.title}: no data in {_span(window)}{_note(window)}"
    return Verdict(Outcome.BREACHED, message, rule.worst, window_ms=window.span_ms)


def _judge(rule: Rule, window: Window, evidence_at: int | None) -> Verdict:
    if window.value is None or window.samples < rule.min_samples:
        return _too_few(rule, window)
    for severity, rung in rule.rungs:
        if rule.breaches(window.value, rung):
            return _breached(rule, window, severity, rung, evidence_at)
    return _calm(rule, window)


def _judge_pair(rule: Rule, pair: Pair, windows: dict[int, Window]) -> Verdict:
    long, short = windows[pair.long_ms], windows[pair.short_ms]
    if long.value is None or long.samples < rule.min_samples:
        return _too_few(rule, long)
    if short.value is None:
        return _too_few(rule, short)
    if rule.breaches(long.value, pair.factor) and rule.breaches(short.value, pair.factor):
        return _breached(rule, long, pair.severity, pair.factor, None)
    return _calm(rule, long)


def _too_few(rule: Rule, window: Window) -> Verdict:
    why = f"{window.samples} of at least {counted(max(rule.min_samples, 1), 'sample')}"
    return Verdict(Outcome.NO_DATA, f"{rule.title}: {why} in {_span(window)}", samples=window.samples)


def _breached(
    rule: Rule, window: Window, severity: str, rung: float, evidence_at: int | None
) -> Verdict:  # fmt: skip
    return Verdict(
        Outcome.BREACHED, _sentence(rule, window, severity, rung), severity, window.value, rung,
        window.span_ms, window.samples, evidence_at,
    )  # fmt: skip


def _calm(rule: Rule, window: Window) -> Verdict:
    """No rung is passed: healthy, unless an alert needs the clear threshold to end."""
    value = window.value or 0.0
    lingers = rule.clear is not None and value != rule.clear and rule.breaches(value, rule.clear)
    outcome = Outcome.LINGERING if lingers else Outcome.HEALTHY
    name, rung = (rule.rungs or [(pair.severity, pair.factor) for pair in rule.pairs])[-1]
    shown = quantity(rule.unit, value)
    return Verdict(
        outcome, f"{rule.title}: not clear yet at {shown}" if lingers else _fine(rule, window, name, rung),
        value=window.value, threshold=rule.clear if lingers else rung, window_ms=window.span_ms,
        samples=window.samples, ending=f"{rule.title}: back to normal at {shown}",
    )  # fmt: skip


def _fine(rule: Rule, window: Window, name: str, rung: float) -> str:
    """What is so while nothing is wrong, whether something was before or not."""
    value, limit = quantity(rule.unit, window.value or 0.0), quantity(rule.unit, rung)
    said = f"{rule.title}: {value} in {_span(window)}"
    if rule.breaches(window.value or 0.0, rung):  # the long window of a pair
        return f"{said}, but no more of late{_note(window)}"
    return f"{said}, not {SIDES[rule.operator]} the {name} threshold of {limit}{_note(window)}"


def _sentence(rule: Rule, window: Window, severity: str, rung: float) -> str:
    value, limit = quantity(rule.unit, window.value or 0.0), quantity(rule.unit, rung)
    return (
        f"{rule.title}: {value} in {_span(window)}, {SIDES[rule.operator]} the {severity} threshold of {limit}"
        f"{_note(window)}"
    )


def _note(window: Window) -> str:
    return f" ({window.note})" if window.note else ""


def _span(window: Window) -> str:
    return f"the last {format_duration(window.span_ms)}"


def quantity(unit: str, value: float) -> str:
    """0.153, ratio -> "15.3 %"; 1840.2, ms -> "1.84 s"; 14.4, times -> "14.4 times"; 12, count -> "12"."""
    if unit == "ratio":
        return f"{value * 100:.3g} %" if value < 0.995 or value > 1 else f"{value * 100:.1f} %"
    if unit == "ms":
        return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.2f} s"
    return f"{value:.3g} times" if unit == "times" else f"{value:g}"
