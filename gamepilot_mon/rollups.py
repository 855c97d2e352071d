"""Rollups: fold raw events into buckets, and read a window of them.

Three widths are kept of every series: 10 s for short windows, a minute for the edges of long ones, an hour
for their middle. A window covers at least its span and at most one edge bucket more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

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

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Bucket:
    """What was measured in one bucket, or in a window of them."""

    count: int = 0
    sum: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")
    counts: sketch.Counts = field(default_factory=dict)

    def add(self, value: float) -> None:
        self.count += 1
        self.sum += value
        self.min = min(self.min, value)
        self.max = max(self.max, value)
        index = sketch.bucket(value)
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


def points(event: Event, slow_ms: float) -> Iterator[tuple[str, Labels, float]]:
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


def fold(slow_ms: float, *, limit: int = 5000) -> int:
    """Fold up to `limit` events after the cursor, inside the caller's write(); returns how many."""
    cursor = Cursor.read(CURSOR)
    events = list(Event.select().where(Event.id > cursor).order_by(Event.id).limit(limit))
    if not events:
        return 0
    buckets: dict[tuple[str, Labels, int, int], Bucket] = {}
    for event in events:
        for metric, labels, value in points(event, slow_ms):
            for width in WIDTHS:
                key = (metric, labels, width, event.at - event.at % width)
                buckets.setdefault(key, Bucket()).add(value)
    for (metric, labels, width, start), bucket in buckets.items():
        _save(_series(metric, labels), width, start, bucket)
    Cursor.move(CURSOR, events[-1].id)
    return len(events)


def _series(metric: str, labels: Labels) -> int:
    text = _canonical(labels)
    found = Series.get_or_none((Series.metric == metric) & (Series.labels == text))
    return int(found.id if found else Series.insert(metric=metric, labels=text).execute())


def _canonical(labels: Labels) -> str:
    return msgspec.json.encode(dict(sorted(labels))).decode()


def _save(series: int, width: int, start: int, bucket: Bucket) -> None:
    where = (Rollup.series_id == series) & (Rollup.width == width) & (Rollup.start == start)
    row = Rollup.get_or_none(where)
    if row:
        bucket.merge(_bucket(row.count, row.sum, row.min, row.max, row.sketch))
    Rollup.insert(
        series_id=series, width=width, start=start, count=bucket.count, sum=bucket.sum,
        min=bucket.min, max=bucket.max, sketch=sketch.encode(bucket.counts),
    ).on_conflict_replace().execute()  # fmt: skip


def _bucket(count: int, total: float, low: float, high: float, blob: bytes | None) -> Bucket:
    return Bucket(count, total, low, high, sketch.decode(blob))


def spans(span_ms: int, now: int) -> list[tuple[int, int, int]]:
    """The (width, from, to) whose buckets together cover the last `span_ms` before `now`."""
    start = now - span_ms
    if span_ms <= HOUR:
        return [(FINE, start - start % FINE, now + 1)]
    first_hour = -(-start // HOUR) * HOUR
    return [(MINUTE, start - start % MINUTE, first_hour), (HOUR, first_hour, now + 1)]


def window(metric: str, span_ms: int, now: int, labels: Labels = ()) -> Bucket:
    """One series over the last `span_ms`: an empty Bucket when it has no samples."""
    series = Series.get_or_none((Series.metric == metric) & (Series.labels == _canonical(labels)))
    return _read([series.id], span_ms, now).get(series.id, Bucket()) if series else Bucket()


def by_label(metric: str, span_ms: int, now: int) -> dict[str, Bucket]:
    """Every labelled series of `metric` with samples in the window, by its `operation` label."""
    rows = Series.select().where((Series.metric == metric) & (Series.labels != "{}"))
    names = {row.id: msgspec.json.decode(row.labels).get("operation", "") for row in rows}
    found = _read(list(names), span_ms, now)
    return {names[series]: bucket for series, bucket in found.items()}


def _read(series: list[int], span_ms: int, now: int) -> dict[int, Bucket]:
    result: dict[int, Bucket] = {}
    for row in _rows(series, spans(span_ms, now)):
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


def hourly(metric: str, hours: int, now: int) -> dict[int, int]:
    """Counts of the unlabelled series by hour, {start of hour: count}, hours without samples left out."""
    series = Series.get_or_none((Series.metric == metric) & (Series.labels == "{}"))
    if series is None:
        return {}
    rows = Rollup.select(Rollup.start, Rollup.count).where(
        (Rollup.series_id == series.id) & (Rollup.width == HOUR) & (Rollup.start >= now - hours * HOUR)
    )
    return {start: count for start, count in rows.order_by(Rollup.start).tuples()}


def prune(now: int, *, limit: int = 5000) -> int:
    """Delete up to `limit` buckets of each width that are past their keep, inside the caller's write()."""
    deleted = 0
    for width, kept in KEPT_MS.items():
        old = (
            Rollup.select(Rollup.series_id, Rollup.width, Rollup.start)
            .where((Rollup.width == width) & (Rollup.start < now - kept))
            .limit(limit)
        )
        key = peewee.Tuple(Rollup.series_id, Rollup.width, Rollup.start)
        deleted += Rollup.delete().where(key.in_(old)).execute()
    return deleted
