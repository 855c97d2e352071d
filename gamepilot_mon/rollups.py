"""Rollups: fold raw events into buckets, and read a window of them.

Three widths are kept of every series: 10 s for short windows, a minute for the edges of long ones, an hour
for their middle. A window covers at least its span and at most one edge bucket more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import peewee

from gamepilot_mon import sketch
from gamepilot_mon.db import database
from gamepilot_mon.models import Cursor, Event, Rollup, Series

FINE = 10_000
MINUTE = 60_000
HOUR = 3_600_000
WIDTHS = (FINE, MINUTE, HOUR)
KEPT_MS = {FINE: 2 * HOUR, MINUTE: 48 * HOUR, HOUR: 400 * 24 * HOUR}

CURSOR = "rollups"

CHUNK = 200  # buckets read and written by one statement

Labels = tuple[tuple[str, str], ...]
Key = tuple[int, int, int]  # series, width, start
Parts = Sequence[tuple[int, int, int]]  # width, from, to


@dataclass(slots=True)
class Bucket:
    """What was measured in one bucket, or in a window of them."""

    count: int = 0
    sum: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")
    counts: sketch.Counts = field(default_factory=dict)

    def add(self, value: float, index: int) -> None:
        """`index` is the value's sketch.bucket(): the same for every bucket that it falls into."""
        self.count += 1
        self.sum += value
        self.min = min(self.min, value)
        self.max = max(self.max, value)
        self.counts[index] = self.counts.get(index, 0) + 1

    def merge(self, other: "Bucket") -> None:
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)
        sketch.merge(self.counts, other.counts)

    @property
    def mean(self) -> float | None:
        return self.sum / self.count if self.count else None


class Fact(NamedTuple):
    """The columns of an event that rollups read."""

    id: int
    kind: str
    at: int
    name: str | None
    value: float | None
    ok: bool | None
    severity: str | None
    data: dict[str, Any] | None


def points(event: Fact, slow_ms: float) -> Iterator[tuple[str, Labels, float]]:
    """The (metric, labels, value) that one event adds."""
    label: Labels = (("operation", event.name or ""),)
    value = event.value or 0.0
    if event.kind == "operation":
        for labels in ((), label):
            yield "operation_duration_ms", labels, value
            if not event.ok:
                yield "operation_failures", labels, 1.0
    if event.kind in ("operation", "query") and value > slow_ms:
        yield "slow_operations", (), value
        yield "slow_operations", label, value
    if event.kind == "error":
        yield "errors", (), 1.0
        yield "errors", label, 1.0
        if event.severity == "critical":
            yield "critical_errors", label, 1.0
    if event.kind == "metric":
        yield event.name or "", tuple(sorted(((event.data or {}).get("labels") or {}).items())), value


def pending() -> bool:
    """Whether events wait after the cursor."""
    return Event.select().where(Event.id > Cursor.read(CURSOR)).exists()


def fold(slow_ms: float, now: int, *, limit: int = 5000) -> int:
    """Fold up to `limit` events after the cursor, inside the caller's write(); returns how many."""
    facts = _unfolded(limit)
    if not facts:
        return 0
    series = _ids({(metric, labels) for fact in facts for metric, labels, _ in points(fact, slow_ms)})
    buckets: dict[Key, Bucket] = defaultdict(Bucket)
    for fact in facts:
        widths = [width for width in WIDTHS if fact.at >= now - KEPT_MS[width]]
        for metric, labels, value in points(fact, slow_ms):
            index, number = sketch.bucket(value), series[metric, labels]
            for width in widths:
                buckets[number, width, fact.at - fact.at % width].add(value, index)
    _save(buckets)
    Cursor.move(CURSOR, facts[-1].id)
    return len(facts)


def _unfolded(limit: int) -> list[Fact]:
    columns = (Event.id, Event.kind, Event.at, Event.name, Event.value, Event.ok, Event.severity, Event.data)
    rows: Any = Event.select(*columns).where(Event.id > Cursor.read(CURSOR)).order_by(Event.id).limit(limit)
    return [Fact(*row) for row in rows.tuples()]


def _ids(wanted: set[tuple[str, Labels]]) -> dict[tuple[str, Labels], int]:
    """The ids of the series, made where they are new."""
    return {(metric, labels): _series(metric, _canonical(labels)) for metric, labels in wanted}


def _series(metric: str, labels: str) -> int:
    found = Series.get_or_none((Series.metric == metric) & (Series.labels == labels))
    return int(found.id if found else Series.insert(metric=metric, labels=labels).execute())


def _canonical(labels: Labels) -> str:
    return msgspec.json.encode(dict(sorted(labels))).decode()


def _save(buckets: dict[Key, Bucket]) -> None:
    """Add to what is stored: a read and a write for each few hundred buckets, not for each."""
    keys = sorted(buckets)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        for *key, count, total, low, high, blob in _stored(chunk):
            buckets[tuple(key)].merge(_bucket(count, total, low, high, blob))
        rows = [(*key, *_columns(buckets[key])) for key in chunk]
        Rollup.insert_many(rows).on_conflict_replace().execute()


def _stored(keys: list[Key]) -> Iterator[tuple[Any, ...]]:
    key = peewee.Tuple(Rollup.series_id, Rollup.width, Rollup.start)
    columns = (Rollup.series_id, Rollup.width, Rollup.start)
    values = (Rollup.count, Rollup.sum, Rollup.min, Rollup.max, Rollup.sketch)
    wanted = peewee.ValuesList(keys)
    query: Any = Rollup.select(*columns, *values).where(key.in_(wanted))
    yield from query.tuples()


def _columns(bucket: Bucket) -> tuple[Any, ...]:
    return bucket.count, bucket.sum, bucket.min, bucket.max, sketch.encode(bucket.counts)


def _bucket(count: int, total: float, low: float, high: float, blob: bytes | None) -> Bucket:
    return Bucket(count, total, low, high, sketch.decode(blob))


def spans(span_ms: int, now: int) -> list[tuple[int, int, int]]:
    """The (width, from, to) whose buckets together cover the last `span_ms` before `now`."""
    start = now - span_ms
    if span_ms <= HOUR:
        return [(FINE, start - start % FINE, now + 1)]
    first_hour = -(-start // HOUR) * HOUR
    return [(MINUTE, start - start % MINUTE, first_hour), (HOUR, first_hour, now + 1)]


def past_spans(span_ms: int, at: int, now: int) -> Parts:
    """As spans(), for a moment that has passed: nothing later is in it, but for the rest of its last bucket.

    Raises LookupError when the buckets that it takes are not kept any more.
    """
    start = at - span_ms
    if at < now - KEPT_MS[MINUTE] or (span_ms <= HOUR and start < now - KEPT_MS[MINUTE]):
        raise LookupError("minutes are kept for 48 hours")
    edge = FINE if at - HOUR >= now - KEPT_MS[FINE] else MINUTE
    if span_ms <= HOUR:
        return [(edge, start - start % edge, at)]
    first_hour, last_hour = -(-start // HOUR) * HOUR, at // HOUR * HOUR
    kept = start >= now - KEPT_MS[MINUTE]
    beginning = (
        (MINUTE, start - start % MINUTE, first_hour) if kept else (HOUR, start - start % HOUR, first_hour)
    )
    return [beginning, (HOUR, first_hour, last_hour), (edge, last_hour, at)]


def window(metric: str, span_ms: int, now: int, labels: Labels = ()) -> Bucket:
    """One series over the last `span_ms`: an empty Bucket when it has no samples."""
    return over(metric, spans(span_ms, now), labels)


def over(metric: str, parts: Parts, labels: Labels = ()) -> Bucket:
    """One series over the buckets of `parts`."""
    series = Series.get_or_none((Series.metric == metric) & (Series.labels == _canonical(labels)))
    return _read([series.id], parts).get(series.id, Bucket()) if series else Bucket()


def by_label(metric: str, span_ms: int, now: int) -> dict[str, Bucket]:
    """Every labelled series of `metric` with samples in the window, by its `operation` label."""
    return over_by_label(metric, spans(span_ms, now))


def over_by_label(metric: str, parts: Parts) -> dict[str, Bucket]:
    rows = Series.select().where((Series.metric == metric) & (Series.labels != "{}"))
    names = {row.id: msgspec.json.decode(row.labels).get("operation", "") for row in rows}
    found = _read(list(names), parts)
    return {names[series]: bucket for series, bucket in found.items()}


def _read(series: list[int], parts: Parts) -> dict[int, Bucket]:
    result: dict[int, Bucket] = {}
    for row in _rows(series, parts):
        result.setdefault(row[0], Bucket()).merge(_bucket(*row[1:]))
    return result


def _rows(series: list[int], parts: Iterable[tuple[int, int, int]]) -> Iterator[tuple[Any, ...]]:
    for width, start, end in parts:
        query = Rollup.select(
            Rollup.series_id, Rollup.count, Rollup.sum, Rollup.min, Rollup.max, Rollup.sketch
        ).where(
            Rollup.series_id.in_(series) & (Rollup.width == width)
            & (Rollup.start >= start) & (Rollup.start < end)
        )  # fmt: skip
        yield from query.tuples().iterator(database)


def buckets(metric: str, width: int, since: int) -> dict[int, tuple[int, float]]:
    """The unlabelled series' buckets from `since` on, {start: (count, sum)}; those without samples left out."""
    series = Series.get_or_none((Series.metric == metric) & (Series.labels == "{}"))
    if series is None:
        return {}
    wanted = (Rollup.series_id == series.id) & (Rollup.width == width) & (Rollup.start >= since)
    rows: Any = Rollup.select(Rollup.start, Rollup.count, Rollup.sum).where(wanted).order_by(Rollup.start)
    return {start: (count, total) for start, count, total in rows.tuples()}


def hourly(metric: str, hours: int, now: int) -> dict[int, int]:
    """Counts of the unlabelled series by hour, {start of hour: count}, hours without samples left out."""
    return {start: count for start, (count, _) in buckets(metric, HOUR, now - hours * HOUR).items()}


def prune(now: int, *, limit: int = 5000) -> int:
    """Delete up to about `limit` buckets that are past their keep, inside the caller's write().

    Series by series: (series, width, start) is the key, so each delete is one short range of it.
    """
    deleted = 0
    for series in [row.id for row in Series.select(Series.id)]:
        for width, kept in KEPT_MS.items():
            old = (Rollup.series_id == series) & (Rollup.width == width) & (Rollup.start < now - kept)
            deleted += Rollup.delete().where(old).execute()
        if deleted >= limit:
            break
    return deleted
