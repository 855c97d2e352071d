"""The performance snapshot: durations and successes of each operation."""

from typing import Any

from gamepilot_mon import measures, rollups, sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import iso
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import queries
from gamepilot_mon.snapshots.queries import rounded

QUANTILES = (0.50, 0.95, 0.99)


def build(settings: Settings, now: int, *, hours: int = 24) -> dict[str, Any]:
    """The `performance:update` payload over the last `hours`; durations in ms."""
    span = queries.span(hours)
    return {
        "timestamp": iso(now),
        "period": f"{hours}h",
        "operations": operations(rollups.spans(span, now)),
        "slowQueries": queries.slow_queries(span, now),
        "summary": _summary(measures.totals(span, now)),
    }


def operations(parts: rollups.Parts) -> dict[str, dict[str, Any]]:
    """The figures of each operation over the buckets of `parts`, by its name."""
    failed = rollups.over_by_label("operation_failures", parts, percentiles=False)
    slow = rollups.over_by_label("slow_operations", parts, percentiles=False)
    ran = rollups.over_by_label("operation_duration_ms", parts)
    none = Bucket()
    return {
        name: _operation(bucket, failed.get(name, none).count, slow.get(name, none).count)
        for name, bucket in sorted(ran.items())
    }


def _operation(bucket: Bucket, failed: int, slow: int) -> dict[str, Any]:
    p50, p95, p99 = sketch.quantiles(bucket.counts, QUANTILES)
    return {
        "avgDuration": rounded(bucket.mean),
        "minDuration": rounded(bucket.min),
        "maxDuration": rounded(bucket.max),
        "p50": _within(p50, bucket),
        "p95": _within(p95, bucket),
        "p99": _within(p99, bucket),
        "successRate": rounded((bucket.count - failed) / bucket.count, 6),
        "totalOperations": bucket.count,
        "slowOperations": slow,
    }


def _within(quantile: float | None, bucket: Bucket) -> float | None:
    """The sketch is 1 % off at most; what was really measured bounds it."""
    return None if quantile is None else rounded(min(max(quantile, bucket.min), bucket.max))


def _summary(totals: measures.Totals) -> dict[str, Any]:
    count = totals.operations.count
    return {
        "totalOperations": count or None,
        "avgResponseTime": rounded(totals.operations.mean),
        "overallSuccessRate": rounded(measures.success_ratio(totals), 6),
    }
