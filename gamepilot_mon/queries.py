"""Queries: which figure a rule is about, and its value from what was measured. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gamepilot_mon import sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.rhythm import Rhythm
from gamepilot_mon.rules import Rule, Window

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
STATISTICS = ("mean", "sum", "count", "min", "max", *QUANTILES, "last", "ratio")

OPERATIONS = "operation_duration_ms"

# These appear only where something went wrong: none of them is 0 where operations ran, and nothing where none did.
INCIDENTS = frozenset({"operation_failures", "slow_operations", "errors", "critical_errors"})
# Of these a ratio counts the samples; everything else holds amounts, which it adds up.
COUNTED = frozenset({OPERATIONS, "slow_operations"})

NOUNS = {
    OPERATIONS: ("operation", "operations"),
    "operation_failures": ("failed", "failed"),
    "slow_operations": ("slow operation", "slow operations"),
    "errors": ("error", "errors"),
    "critical_errors": ("critical error", "critical errors"),
}


@dataclass(frozen=True, slots=True)
class Query:
    """The `statistic` of `metrics` together, or their ratio to `per`.

    `complement`: what is left of the ratio (success_rate); `budget` divides it (burn rate). All `matchers` must match
    a series' labels; `by` names the labels whose every combination is a target of its own.
    """

    metrics: tuple[str, ...]
    statistic: str
    per: str | None = None
    complement: bool = False
    budget: float = 1.0
    matchers: tuple[Matcher, ...] = ()
    by: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every metric that must be read."""
        ran = (OPERATIONS,) if self.counts_incidents else ()
        return (*self.metrics, *((self.per,) if self.per else ()), *ran)

    @property
    def counts_incidents(self) -> bool:
        return self.per is None and self.statistic in ("count", "sum") and INCIDENTS.issuperset(self.metrics)

    @property
    def needs_sketch(self) -> bool:
        return self.statistic in QUANTILES


@dataclass(frozen=True, slots=True)
class Watch:
    """A rule with what it looks at. `labels` go onto its alerts; they are no part of an alert's identity.

    With a `rhythm` the rule's thresholds are deviations from what is usual then, and nothing is asked of `query`.
    """

    rule: Rule
    query: Query
    spans: tuple[int, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    rhythm: Rhythm | None = None


# The ratios that go by a name: rules judge them, charts draw them.
RATES = {
    "error_rate": Query(("operation_failures", "errors"), "ratio", OPERATIONS),
    "success_rate": Query(("operation_failures",), "ratio", OPERATIONS, complement=True),
}


def window(query: Query, found: Mapping[str, Bucket], span_ms: int) -> Window:
    """The value over one span; `found` holds a bucket for each source that has samples."""
    if query.per is not None:
        return _ratio(query, found, query.per, span_ms)
    bucket = _together(query, found)
    if query.counts_incidents:
        ran = (found[OPERATIONS].count if OPERATIONS in found else 0) + bucket.count
        return Window(span_ms, ran, _value(query.statistic, bucket) if ran else None)
    value = _value(query.statistic, bucket) if bucket.count else None
    return Window(
        span_ms, bucket.count, value, f"{query.statistic} of {_amounts(bucket.count, query.metrics[0])}"
    )


def _together(query: Query, found: Mapping[str, Bucket]) -> Bucket:
    if len(query.metrics) == 1:
        return found.get(query.metrics[0]) or Bucket()
    whole = Bucket()
    for metric in query.metrics:
        if metric in found:
            whole.merge(found[metric])
    return whole


def _value(statistic: str, bucket: Bucket) -> float | None:
    if statistic in QUANTILES:
        return sketch.quantiles(bucket.counts, [QUANTILES[statistic]])[0]
    if statistic == "count":
        return float(bucket.count)
    if statistic in ("mean", "last"):
        return bucket.mean
    value: float = getattr(bucket, statistic)
    return value


def _ratio(query: Query, found: Mapping[str, Bucket], per: str, span_ms: int) -> Window:
    total = _amount(per, found)
    amounts = [_amount(metric, found) for metric in query.metrics]
    samples = found[per].count if per in found else 0
    part = total - sum(amounts) if query.complement else sum(amounts)
    value = part / total / query.budget if total else None
    counted = " and ".join(_amounts(n, m) for n, m in zip(amounts, query.metrics, strict=True))
    return Window(span_ms, samples, value, f"{counted} in {_amounts(total, per)}")


def _amount(metric: str, found: Mapping[str, Bucket]) -> float:
    if metric not in found:
        return 0
    return found[metric].count if metric in COUNTED else found[metric].sum


def _amounts(amount: float, metric: str) -> str:
    one, many = NOUNS.get(metric, (metric, metric))
    return f"{amount:g} {one if amount == 1 else many}"
