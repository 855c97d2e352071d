"""Measures: read from the store what each rule looks at, one Subject for each target of a rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gamepilot_mon import rollups, windows
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.models import Check, Event
from gamepilot_mon.moods import rhythms
from gamepilot_mon.probes import is_certain
from gamepilot_mon.queries import OPERATIONS, RATES, Query, Watch
from gamepilot_mon.rules import Outcome, Rule, Verdict, Window, evaluate
from gamepilot_mon.runtime_config import RuntimeConfig, Thresholds

# The names that no rule of people's own may take.
BUILT_IN = frozenset(
    {"error_rate", "response_time", "success_rate", "slow_queries", "critical_error", "system_down"}
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One rule on one target, with its verdict now. `target` is its identity, `labels` what its alert shows."""

    rule: Rule
    verdict: Verdict
    target: Mapping[str, str] = field(default_factory=dict)
    pending: bool = False  # breached, but not yet confirmed
    labels: Mapping[str, str] = field(default_factory=dict)  # beside those of the target


@dataclass(frozen=True, slots=True)
class Totals:
    """All operations of one span."""

    span_ms: int
    operations: Bucket
    failures: int
    errors: int


def totals(span_ms: int, now: int) -> Totals:
    return totals_of(rollups.spans(span_ms, now), span_ms)


def totals_of(parts: rollups.Parts, span_ms: int) -> Totals:
    """Over the buckets of `parts`, which cover `span_ms`."""
    failures, errors = (rollups.over(metric, parts).count for metric in ("operation_failures", "errors"))
    return Totals(span_ms, rollups.over(OPERATIONS, parts), failures, errors)


def error_ratio(totals: Totals) -> float | None:
    """(failed operations + errors) / operations."""
    count = totals.operations.count
    return (totals.failures + totals.errors) / count if count else None


def success_ratio(totals: Totals) -> float | None:
    """Succeeded / all operations."""
    count = totals.operations.count
    return (count - totals.failures) / count if count else None


def rules(config: RuntimeConfig) -> dict[str, Rule]:
    """The six rules with the thresholds in force."""
    t: Thresholds = config.thresholds
    minimum = config.min_samples
    table = (
        Rule("error_rate", "High error rate", "ratio", t.error_rate.warning, t.error_rate.critical,
             min_samples=minimum),
        Rule("response_time", "Slow responses", "ms", t.response_time.warning, t.response_time.critical,
             min_samples=minimum),
        Rule("success_rate", "Low success rate", "ratio", t.success_rate.warning, t.success_rate.critical,
             operator="<", min_samples=minimum),
        Rule("slow_queries", "Slow queries", "count", t.slow_queries.warning, t.slow_queries.critical),
        Rule("critical_error", "Critical errors", "count", None, 0),
        Rule("system_down", "System down", "state", None, 0),
    )  # fmt: skip
    return {rule.type: rule for rule in table}


def watches(config: RuntimeConfig, spans: Sequence[int]) -> list[Watch]:
    """Those of the six that are a figure over operations. `spans` are the windows, the quick one first."""
    asked = {
        **RATES,
        "response_time": Query((OPERATIONS,), config.response_time_statistic),
        "slow_queries": Query(("slow_operations",), "count"),
    }
    table = rules(config)
    return [Watch(table[name], query, tuple(spans)) for name, query in asked.items()]


def subjects(
    config: RuntimeConfig, spans: Sequence[int], now: int, stored: Sequence[Watch] = ()
) -> Iterator[Subject]:
    """Every rule on every target, judged now; `stored` are the watches of people's own rules."""
    figures = [watch for watch in stored if watch.rhythm is None]
    for seen in windows.seen([*watches(config, spans), *figures], now):
        verdict = evaluate(seen.watch.rule, seen.windows)
        yield Subject(seen.watch.rule, verdict, seen.target, labels=seen.watch.labels)
    for watch in stored:
        if watch.rhythm is not None:
            rule, window = rhythms.seen(watch, now)
            yield Subject(rule, evaluate(rule, [window]), labels=watch.labels)
    table = rules(config)
    yield from critical_errors(table["critical_error"], spans, now)
    yield from downs(table["system_down"], Check.ordered())


def critical_errors(rule: Rule, spans: Sequence[int], now: int) -> Iterator[Subject]:
    """One subject an operation, so that a second broken operation is heard of at once."""
    by_span = [rollups.by_label("critical_errors", span, now) for span in spans]
    for operation in sorted({name for found in by_span for name in found}):
        newest, message = _newest_critical(operation, now - max(spans))
        windows = [
            Window(span, found[operation].count, float(found[operation].count), message)
            for span, found in zip(spans, by_span, strict=True)
            if operation in found
        ]
        yield Subject(rule, evaluate(rule, windows, newest), {"operation": operation})


def _newest_critical(operation: str, after: int) -> tuple[int | None, str]:
    row = (
        Event.select(Event.received_at, Event.data)
        .where(
            (Event.kind == "error") & (Event.at >= after)
            & (Event.severity == "critical") & (Event.name == operation)
        )
        .order_by(Event.id.desc())
        .first()
    )  # fmt: skip
    if row is None:
        return None, operation
    text = str((row.data or {}).get("error", ""))
    return row.received_at, f"{operation}: {text[:300]}"


def downs(rule: Rule, checks: Sequence[Check]) -> Iterator[Subject]:
    """One subject a check that may alert. A check that could not be measured says nothing."""
    for check in checks:
        if not check.alerting or check.paused_at:
            continue
        labels = {"check": check.name}
        if check.state == "unknown":
            yield Subject(rule, Verdict(Outcome.NO_DATA, f"{check.name} has not been observed"), labels)
        elif check.state == "up":
            ending = f"{check.name} is up again"
            yield Subject(
                rule, Verdict(Outcome.HEALTHY, f"{check.name} is up", value=0.0, ending=ending), labels
            )
        else:
            message = f"{check.name} is down: {check.error or 'no answer'}"
            verdict = Verdict(Outcome.BREACHED, message, rule.worst, 1.0, rule.critical)
            yield Subject(rule, verdict, labels, pending=not is_certain(check.failures, check.data))


def newest_event_at() -> int | None:
    """When the app last reported anything, None when it never did."""
    value: int | None = Event.select(Event.received_at).order_by(Event.id.desc()).limit(1).scalar()
    return value
