"""Measures: read from the store what each rule looks at, one Subject for each target of a rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import peewee

from gamepilot_mon import rollups, sketch
from gamepilot_mon.models import Check, Event
from gamepilot_mon.rollups import Bucket
from gamepilot_mon.rules import Outcome, Rule, Verdict, Window, evaluate
from gamepilot_mon.runtime_config import RuntimeConfig, Thresholds

# A check is down for certain after this many failures in a row; the second look follows after a second.
CONFIRMED = 2
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Subject:
    """One rule on one target, with its verdict now."""

    rule: Rule
    verdict: Verdict
    labels: dict[str, str] = field(default_factory=dict)
    pending: bool = False  # breached, but not yet confirmed


@dataclass(frozen=True, slots=True)
class Totals:
    """All operations of one span."""

    span_ms: int
    operations: Bucket
    failures: int
    errors: int
    slow: int


def totals(span_ms: int, now: int) -> Totals:
    return totals_over(span_ms, rollups.spans(span_ms, now))


def totals_over(span_ms: int, parts: rollups.Parts) -> Totals:
    count = {name: rollups.over(name, parts).count for name in (
        "operation_failures", "errors", "slow_operations",
    )}  # fmt: skip
    operations = rollups.over("operation_duration_ms", parts)
    return Totals(span_ms, operations, count["operation_failures"], count["errors"], count["slow_operations"])


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
             below=True, min_samples=minimum),
        Rule("slow_queries", "Slow queries", "count", t.slow_queries.warning, t.slow_queries.critical),
        Rule("critical_error", "Critical errors", "count", None, 0),
        Rule("system_down", "System down", "state", None, 0),
    )  # fmt: skip
    return {rule.type: rule for rule in table}


def error_ratio(totals: Totals) -> Window:
    """(failed operations + errors) / operations."""
    count = totals.operations.count
    bad = totals.failures + totals.errors
    note = f"{totals.failures} failed and {totals.errors} errors in {count} operations"
    return Window(totals.span_ms, count, bad / count if count else None, note)


def success_ratio(totals: Totals) -> Window:
    """Succeeded / all operations."""
    count = totals.operations.count
    note = f"{totals.failures} of {count} operations failed"
    return Window(totals.span_ms, count, (count - totals.failures) / count if count else None, note)


def response_ms(totals: Totals, statistic: str) -> Window:
    """The mean, or a percentile, of operation durations in ms."""
    operations = totals.operations
    value = operations.mean
    if statistic in QUANTILES:
        value = sketch.quantiles(operations.counts, [QUANTILES[statistic]])[0]
    return Window(totals.span_ms, operations.count, value, f"{statistic} of {operations.count} operations")


def slow_count(totals: Totals) -> Window:
    """Operations and queries slower than the limit; the absence of any is 0 only where something ran."""
    ran = totals.operations.count + totals.slow
    return Window(totals.span_ms, ran, float(totals.slow) if ran else None)


def subjects(config: RuntimeConfig, spans: Sequence[int], now: int) -> Iterator[Subject]:
    """Every rule on every target, judged now. `spans` are the windows, the quick one first."""
    table = rules(config)
    seen = [totals(span, now) for span in spans]
    yield Subject(table["error_rate"], evaluate(table["error_rate"], [error_ratio(t) for t in seen]))
    yield Subject(table["success_rate"], evaluate(table["success_rate"], [success_ratio(t) for t in seen]))
    response = [response_ms(t, config.response_time_statistic) for t in seen]
    yield Subject(table["response_time"], evaluate(table["response_time"], response))
    yield Subject(table["slow_queries"], evaluate(table["slow_queries"], [slow_count(t) for t in seen]))
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
        if not check.alerting:
            continue
        labels = {"check": check.name}
        if check.state == "unknown":
            yield Subject(rule, Verdict(Outcome.NO_DATA, f"{check.name} has not been observed"), labels)
        elif check.state == "up":
            yield Subject(rule, Verdict(Outcome.HEALTHY, f"{check.name} is up again", value=0.0), labels)
        else:
            message = f"{check.name} is down: {check.error or 'no answer'}"
            verdict = Verdict(Outcome.BREACHED, message, rule_severity(rule), 1.0, rule.critical)
            yield Subject(rule, verdict, labels, pending=check.failures < CONFIRMED)


def rule_severity(rule: Rule) -> str:
    return "critical" if rule.warning is None else "warning"


def newest_event_at() -> int | None:
    """When the app last reported anything, None when it never did."""
    value: int | None = Event.select(peewee.fn.MAX(Event.received_at)).scalar()
    return value
