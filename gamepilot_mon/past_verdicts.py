"""What a rule would have said at a moment in the past, target by target, clause by clause.

Read from the rollups and observations that are kept, so exact to the bucket: ten seconds within the last two hours,
else a minute. What arrived late is counted here, although nobody knew it then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gamepilot_mon import measures, rollups
from gamepilot_mon.clock import format_duration
from gamepilot_mon.measures import CONFIRMED, Totals
from gamepilot_mon.models import Check, Observation
from gamepilot_mon.rules import RANK, Outcome, Rule, Verdict, Window, evaluate, quantity
from gamepilot_mon.runtime_config import RuntimeConfig

LABELS = {"critical_error": "operation", "system_down": "check"}  # what tells the targets of a rule apart


@dataclass(frozen=True, slots=True)
class Clause:
    """One window against the rule; `reason` is its outcome in words."""

    outcome: Outcome
    reason: str
    window: Window | None = None
    since: int | None = None
    until: int | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    labels: dict[str, str] = field(default_factory=dict)
    clauses: list[Clause] = field(default_factory=list)
    pending: bool = False  # breached, but not confirmed then

    @property
    def outcome(self) -> Outcome:
        """As evaluate(): breached when any clause is, without data when none says anything."""
        said = {clause.outcome for clause in self.clauses}
        return next((o for o in (Outcome.BREACHED, Outcome.HEALTHY) if o in said), Outcome.NO_DATA)

    @property
    def severity(self) -> str | None:
        ranks = [clause.severity for clause in self.clauses if clause.severity]
        return max(ranks, key=lambda severity: RANK[severity], default=None)


def name_of(type_: str, label: str) -> str:
    """`operation=payment` or `payment` -> `payment`."""
    name, equals, value = label.partition("=")
    return value if equals and name == LABELS.get(type_) else label


def targets(
    config: RuntimeConfig, rule: Rule, spans: Sequence[int], at: int, now: int, only: str | None = None
) -> list[Target]:
    """The targets of `rule` at `at`; `only` one of them by its label. Raises LookupError past what is kept."""
    if rule.type == "system_down":
        return [_check(check, at) for check in Check.ordered() if only in (None, check.name)]
    parts = {span: rollups.past_spans(span, at, now) for span in spans}
    if rule.type == "critical_error":
        return _critical(rule, parts, only)
    figure = _figures(config)[rule.type]
    return [
        Target(
            clauses=[
                _clause(rule, figure(measures.totals_over(span, p)), p) for span, p in parts.items()
            ]
        )
    ]  # fmt: skip


def _figures(config: RuntimeConfig) -> dict[str, Callable[[Totals], Window]]:
    return {
        "error_rate": measures.error_ratio,
        "success_rate": measures.success_ratio,
        "response_time": lambda totals: measures.response_ms(totals, config.response_time_statistic),
        "slow_queries": measures.slow_count,
    }


def _critical(rule: Rule, parts: dict[int, rollups.Parts], only: str | None) -> list[Target]:
    by_span = {span: rollups.over_by_label("critical_errors", p) for span, p in parts.items()}
    names = {name for found in by_span.values() for name in found} | ({only} if only is not None else set())
    found = []
    for name in sorted(names if only is None else {only}):
        counts = {span: buckets[name].count if name in buckets else 0 for span, buckets in by_span.items()}
        windows = [Window(span, count, float(count)) for span, count in counts.items()]
        clauses = [_clause(rule, window, parts[window.span_ms]) for window in windows]
        found.append(Target({"operation": name}, clauses))
    return found


def _clause(rule: Rule, window: Window, parts: rollups.Parts) -> Clause:
    width, _, end = parts[-1]
    verdict = evaluate(rule, [window])
    until = -(-end // width) * width
    return Clause(
        verdict.outcome, _reason(rule, window, verdict), window, parts[0][1], until, verdict.severity
    )


def _reason(rule: Rule, window: Window, verdict: Verdict) -> str:
    if verdict.outcome is not Outcome.HEALTHY or window.value is None:
        return verdict.message
    rung, name = (rule.critical, "critical") if rule.warning is None else (rule.warning, "warning")
    side = "below" if rule.below else "above"
    value, limit = quantity(rule.unit, window.value), quantity(rule.unit, rung)
    note = f" ({window.note})" if window.note else ""
    span = format_duration(window.span_ms)
    return f"{rule.title}: {value} in {span}, not {side} the {name} threshold of {limit}{note}"


def _check(check: Check, at: int) -> Target:
    """What its last observation before `at` said."""
    labels = {"check": check.name}
    if not check.alerting:
        return Target(labels, [Clause(Outcome.NO_DATA, f"{check.name} is only looked at; it does not alert")])
    rows = Observation.select().where((Observation.check_id == check.id) & (Observation.at <= at))
    last = list(rows.order_by(Observation.at.desc()).limit(CONFIRMED))
    if not last:
        return Target(
            labels, [Clause(Outcome.NO_DATA, f"{check.name} had not been observed, or no longer kept")]
        )
    newest = last[0]
    seen = f"{check.name} was {newest.state} {format_duration(at - newest.at)} before"
    if newest.state != "down":
        outcome = Outcome.HEALTHY if newest.state == "up" else Outcome.NO_DATA
        return Target(labels, [Clause(outcome, seen)])
    confirmed = sum(one.state == "down" for one in last) >= CONFIRMED
    text = f"{seen}: {newest.error or 'no answer'}"
    return Target(labels, [Clause(Outcome.BREACHED, text, severity="critical")], pending=not confirmed)
