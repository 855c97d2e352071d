"""Operations in more depth than the live snapshot: beside earlier times, since a deploy, and the slow statements."""

from functools import lru_cache
from typing import Any

from gamepilot_mon import db, regressions, rollups, sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, iso
from gamepilot_mon.models import Event
from gamepilot_mon.queries import OPERATIONS
from gamepilot_mon.regressions import Finding, Sample
from gamepilot_mon.rollups.series import number_with
from gamepilot_mon.rollups.tiers import from_finest
from gamepilot_mon.snapshots import performance, queries
from gamepilot_mon.snapshots.queries import rounded

EARLIER_MS = {"yesterday": DAY_MS, "lastWeek": 7 * DAY_MS}
FIGURES = (
    "avgDuration", "minDuration", "maxDuration", "p50", "p95", "p99", "successRate", "totalOperations",
    "slowOperations",
)  # fmt: skip
COMPARED = ("avgDuration", "p50", "p95", "p99", "successRate", "totalOperations", "slowOperations")
QUERIES_SHOWN = 100
STATEMENT_COLUMNS = ("statement", "count", "totalDuration", "avgDuration", "maxDuration", "p95", "slow")
SIDES = ("before", "after")
FINDING_COLUMNS = (
    "operation", "slower", "failing", "medianRatio", "probabilitySlower", "pSlower", "pFailing",
    *(f"{side}.{name}" for side in SIDES for name in ("count", "avgDuration", "p50", "p95", "successRate")),
)  # fmt: skip


def compared(now: int, hours: int) -> dict[str, dict[str, Any]]:
    """The figures of each operation, with those of the same hours a day and a week before."""
    span = queries.span(hours)
    found = performance.operations(rollups.spans(span, now))
    earlier = {name: _earlier(span, now - back, now) for name, back in EARLIER_MS.items()}
    for operation, figures in found.items():
        figures["compare"] = {
            name: _members(then[operation]) if operation in then else None for name, then in earlier.items()
        }
    return found


def during(since: int, until: int, back_ms: int | None, now: int) -> dict[str, dict[str, Any]]:
    """The figures of each operation in a span, beside those `back_ms` earlier as `compare` (None: without)."""
    found = performance.operations(rollups.between(since, until, now))
    then = _over(rollups.between(since - back_ms, until - back_ms, now), now) if back_ms else {}
    for operation, figures in found.items():
        figures["compare"] = _members(then[operation]) if operation in then else None
    return found


def _earlier(span_ms: int, at: int, now: int) -> dict[str, dict[str, Any]]:
    try:
        return _over(rollups.past_spans(span_ms, at, now), now)
    except LookupError:  # not kept any more
        return {}


def _over(parts: rollups.Parts, now: int) -> dict[str, dict[str, Any]]:
    """The figures of a time that is over, of this minute or anew: every page that is open asks for the same ones."""
    whole = tuple((width, start, end + -end % width) for width, start, end in parts)
    return _of_minute(str(db.database.database), whole, now // MINUTE_MS)


@lru_cache(maxsize=32)
def _of_minute(_store: str, parts: tuple[rollups.Part, ...], _minute: int) -> dict[str, dict[str, Any]]:
    return performance.operations(parts)


def _members(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figures[name] for name in COMPARED}


def is_known(operation: str) -> bool:
    """Whether an operation of that name was ever reported."""
    return number_with(OPERATIONS, (("operation", operation),)) is not None


def deployed(version: str | None = None) -> Event | None:
    """The newest deploy, or that of a version."""
    rows = Event.select().where(Event.kind == "deploy")
    if version is not None:
        rows = rows.where(Event.name == version)
    row: Event | None = rows.order_by(Event.at.desc(), Event.id.desc()).first()
    return row


def regressed(at: int, span_ms: int, back_ms: int | None, now: int) -> dict[str, Any]:
    """Each operation in the `span_ms` after `at` against what was `back_ms` earlier, or just before (None).

    The bucket in which the change came belongs to neither. Raises LookupError past what is kept.
    """
    width = from_finest(at - (back_ms or span_ms), now)[0]
    since, end = at + -at % width, min(at + span_ms, now)
    length = max(end - since, 0)
    before_end = at - at % width if back_ms is None else end - back_ms
    after, before = (_samples(until, length, now) for until in (end, before_end))
    found = regressions.find(before, after)
    return {
        "after": {"from": iso(since), "to": iso(end)},
        "before": {"from": iso(before_end - length), "to": iso(before_end)},
        "minSamples": regressions.MIN_SAMPLES,
        "compared": len(found),
        "tooFew": sorted((before.keys() | after.keys()) - {one.operation for one in found}),
        "regressions": [_finding(one) for one in found if one.slower or one.failing],
    }


def _samples(until: int, length_ms: int, now: int) -> dict[str, Sample]:
    if not length_ms:
        return {}
    parts = rollups.past_spans(length_ms, until, now)
    failed = rollups.over_by_label("operation_failures", parts, percentiles=False)
    ran = rollups.over_by_label("operation_duration_ms", parts)
    return {name: Sample(bucket, failed.get(name, Bucket()).count) for name, bucket in ran.items()}


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "operation": one.operation,
        "slower": one.slower,
        "failing": one.failing,
        "before": _side(one.before),
        "after": _side(one.after),
        "medianRatio": rounded(one.ratio, 3),
        "probabilitySlower": rounded(one.probability, 4),
        "pSlower": one.slower_p,
        "pFailing": one.failing_p,
    }


def _side(sample: Sample) -> dict[str, Any]:
    p50, p95 = sketch.quantiles(sample.durations.counts, (0.5, 0.95))
    return {
        "count": sample.durations.count,
        "avgDuration": rounded(sample.durations.mean),
        "p50": rounded(p50),
        "p95": rounded(p95),
        "successRate": rounded(1 - sample.failed, 6),
    }


ORDERS = {
    "total": lambda bucket: bucket.sum,
    "mean": lambda bucket: bucket.mean,
    "max": lambda bucket: bucket.max,
    "count": lambda bucket: bucket.count,
}


def statements(
    now: int, hours: int, order: str = "total", limit: int = QUERIES_SHOWN
) -> list[dict[str, Any]]:
    """Those of the last `hours`, as statements_of()."""
    return statements_of(rollups.spans(hours * HOUR_MS, now), order, limit)


def statements_of(
    parts: rollups.Parts, order: str = "total", limit: int = QUERIES_SHOWN
) -> list[dict[str, Any]]:
    """The statements without their literals, those that took most first; how many of each were slow."""
    ran = rollups.over_by_label("query_duration_ms", parts)
    slow = rollups.over_by_label("slow_operations", parts, percentiles=False)
    first = sorted(ran, key=lambda statement: (-ORDERS[order](ran[statement]), statement))[:limit]
    return [_statement(name, ran[name], slow.get(name, Bucket()).count) for name in first]


def _statement(statement: str, bucket: Bucket, slow: int) -> dict[str, Any]:
    [p95] = sketch.quantiles(bucket.counts, [0.95])
    return {
        "statement": statement,
        "count": bucket.count,
        "totalDuration": rounded(bucket.sum),
        "avgDuration": rounded(bucket.mean),
        "maxDuration": rounded(bucket.max),
        "p95": rounded(p95),
        "slow": slow,
    }
