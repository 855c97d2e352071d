"""Rules: a condition over windows with a warning and a critical rung. Pure: no store, no clock."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gamepilot_mon.clock import format_duration

RANK = {"info": 0, "warning": 1, "critical": 2}


class Outcome(StrEnum):
    BREACHED = "breached"
    HEALTHY = "healthy"
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True)
class Rule:
    """`below` turns the ladder round: a value under the rung breaches it (success_rate)."""

    type: str
    title: str
    unit: str  # ratio | ms | count | state
    warning: float | None
    critical: float
    below: bool = False
    min_samples: int = 0

    def breaches(self, value: float, rung: float) -> bool:
        compare: Callable[[float, float], bool] = operator.lt if self.below else operator.gt
        return compare(value, rung)


@dataclass(frozen=True, slots=True)
class Window:
    """What a rule looks at: `value` is None without samples."""

    span_ms: int
    samples: int
    value: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    message: str
    severity: str | None = None
    value: float | None = None
    threshold: float | None = None
    window_ms: int | None = None
    samples: int = 0
    evidence_at: int | None = None  # newest single fact, for rules where each one counts


def evaluate(rule: Rule, windows: Sequence[Window], evidence_at: int | None = None) -> Verdict:
    """The worst that any window says; the first named window wins among equals.

    A window with fewer than `min_samples` says nothing. Without one that says something: no-data.
    """
    judged = [_judge(rule, window, evidence_at) for window in windows]
    breached = [verdict for verdict in judged if verdict.outcome is Outcome.BREACHED]
    if breached:
        return max(breached, key=lambda verdict: RANK[verdict.severity or "info"])
    healthy = [verdict for verdict in judged if verdict.outcome is Outcome.HEALTHY]
    return healthy[0] if healthy else judged[0]


def _judge(rule: Rule, window: Window, evidence_at: int | None) -> Verdict:
    if window.value is None or window.samples < rule.min_samples:
        why = f"{window.samples} of at least {max(rule.min_samples, 1)} samples"
        return Verdict(Outcome.NO_DATA, f"{rule.title}: {why} in {_span(window)}", samples=window.samples)
    for severity, rung in (("critical", rule.critical), ("warning", rule.warning)):
        if rung is not None and rule.breaches(window.value, rung):
            return Verdict(
                Outcome.BREACHED, _sentence(rule, window, severity, rung), severity, window.value, rung,
                window.span_ms, window.samples, evidence_at,
            )  # fmt: skip
    return Verdict(
        Outcome.HEALTHY, f"{rule.title} is back to normal: {quantity(rule.unit, window.value)}",
        value=window.value, threshold=rule.critical if rule.warning is None else rule.warning,
        window_ms=window.span_ms, samples=window.samples,
    )  # fmt: skip


def _sentence(rule: Rule, window: Window, severity: str, rung: float) -> str:
    side = "below" if rule.below else "above"
    note = f" ({window.note})" if window.note else ""
    value, limit = quantity(rule.unit, window.value or 0.0), quantity(rule.unit, rung)
    return f"{rule.title}: {value} in {_span(window)}, {side} the {severity} threshold of {limit}{note}"


def _span(window: Window) -> str:
    return f"the last {format_duration(window.span_ms)}"


def quantity(unit: str, value: float) -> str:
    """0.153, ratio -> "15.3 %"; 1840.2, ms -> "1.84 s"; 12, count -> "12"."""
    if unit == "ratio":
        return f"{value * 100:.3g} %" if value < 0.995 or value > 1 else f"{value * 100:.1f} %"
    if unit == "ms":
        return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.2f} s"
    return f"{value:g}"
