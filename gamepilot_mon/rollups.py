"""Rollups: fold raw events into buckets, and read a window of them.

Three widths are kept of every series: 10 s for short windows, a minute for the edges of long ones, an hour
for their middle. A window covers at least its span and at most one edge bucket more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import peewee

from gamepilot_mon import sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.db import database
from gamepilot_mon.models import Cursor, Event, Rollup, Series

FINE = 10_000
MINUTE = 60_000
HOUR = 3_600_000
WIDTHS = (FINE, MINUTE, HOUR)
KEPT_MS = {FINE: 2 * HOUR, MINUTE: 48 * HOUR, HOUR: 400 * 24 * HOUR}

CURSOR = "rollups"

CHUNK = 200  # buckets read and written by one statement
MANY = 5_000  # series read by one statement

# Beside the series by operation, these keep one without labels that is the sum of the others.
TOTALLED = frozenset({"operation_duration_ms", "operation_failures", "slow_operations", "errors"})

Labels = tuple[tuple[str, str], ...]
Key = tuple[int, int, int]  # series, width, start
Parts = Sequence[tuple[int, int, int]]  # width, from, to


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
    if span_ms > KEPT_MS[MINUTE]:
        return [(HOUR, start - start % HOUR, now + 1)]  # the minutes of its edge are gone
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
    return sketches([series.id], parts).get(series.id, Bucket()) if series else Bucket()


def by_label(metric: str, span_ms: int, now: int) -> dict[str, Bucket]:
    """Every labelled series of `metric` with samples in the window, by its `operation` label."""
    return over_by_label(metric, spans(span_ms, now))


def over_by_label(metric: str, parts: Parts) -> dict[str, Bucket]:
    rows = Series.select().where((Series.metric == metric) & (Series.labels != "{}"))
    names = {row.id: msgspec.json.decode(row.labels).get("operation", "") for row in rows}
    found = sketches(names, parts)
    return {names[series]: bucket for series, bucket in found.items()}


def sums(series: Collection[int], parts: Parts) -> dict[int, Bucket]:
    """Many series over the buckets of `parts`, without their sketches; those without samples left out."""
    result: dict[int, Bucket] = {}
    fn = peewee.fn
    columns = (
        Rollup.series_id, fn.SUM(Rollup.count), fn.SUM(Rollup.sum), fn.MIN(Rollup.min), fn.MAX(Rollup.max),
    )  # fmt: skip
    for wanted in _windowed(series, parts):
        rows: Any = Rollup.select(*columns).where(wanted).group_by(Rollup.series_id)
        for number, *values in rows.tuples().iterator(database):
            _add(result, number, Bucket(*values))
    return result


def sketches(series: Collection[int], parts: Parts) -> dict[int, Bucket]:
    """As sums(), with the sketches that percentiles need."""
    result: dict[int, Bucket] = {}
    for wanted in _windowed(series, parts):
        for number, *values in _raw(wanted):
            _add(result, number, _bucket(*values))
    return result


def newest(series: Collection[int], parts: Parts) -> dict[int, Bucket]:
    """The newest bucket of each series in `parts` of one width, without its sketch."""
    rows: dict[int, list[Any]] = {}
    for wanted in _windowed(series, parts):
        for number, *values in _raw(wanted):  # in the order of the key, so the newest comes last
            rows[number] = values
    return {number: Bucket(*values[:-1]) for number, values in rows.items()}


def seen(series: Collection[int], since: int, until: int) -> set[int]:
    """Those with samples in an hour that ends after `since` and begins before `until`."""
    found: set[int] = set()
    for chunk in _chunks(series):
        wanted = (
            Rollup.series_id.in_(chunk) & (Rollup.width == HOUR)
            & (Rollup.start >= since - since % HOUR) & (Rollup.start <= until)
        )  # fmt: skip
        rows: Any = Rollup.select(Rollup.series_id).where(wanted).distinct()
        found |= {number for (number,) in rows.tuples()}
    return found


def _windowed(series: Collection[int], parts: Parts) -> Iterator[Any]:
    for width, start, end in parts:
        for chunk in _chunks(series):
            yield (
                Rollup.series_id.in_(chunk) & (Rollup.width == width)
                & (Rollup.start >= start) & (Rollup.start < end)
            )  # fmt: skip


def _chunks(series: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(series)
    for start in range(0, len(ordered), MANY):
        yield ordered[start : start + MANY]


def _raw(wanted: Any) -> Iterator[tuple[Any, ...]]:
    columns = (Rollup.series_id, Rollup.count, Rollup.sum, Rollup.min, Rollup.max, Rollup.sketch)
    query: Any = Rollup.select(*columns).where(wanted)
    yield from query.order_by(Rollup.series_id, Rollup.width, Rollup.start).tuples().iterator(database)


def _add(result: dict[int, Bucket], number: int, bucket: Bucket) -> None:
    if number in result:
        result[number].merge(bucket)
    else:
        result[number] = bucket


def by_minute(series: Collection[int], since: int, until: int) -> Iterator[tuple[int, int, Bucket]]:
    """(series, start, bucket) of each minute with samples, those of one series oldest first."""
    for chunk in _chunks(series):
        wanted = (
            Rollup.series_id.in_(chunk) & (Rollup.width == MINUTE)
            & (Rollup.start >= since) & (Rollup.start <= until)
        )  # fmt: skip
        columns = (Rollup.series_id, Rollup.start)
        values = (Rollup.count, Rollup.sum, Rollup.min, Rollup.max, Rollup.sketch)
        rows: Any = Rollup.select(*columns, *values).where(wanted).order_by(*columns)
        for number, start, *stored in rows.tuples().iterator(database):
            yield number, start, _bucket(*stored)


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


def move(by_ms: int, after: int, until: int | None = None) -> None:
    """Add the buckets that begin after `after`, at `until` at the latest, to those `by_ms` later (earlier when it is
    negative), inside the caller's write(): the clock was set, and windows are to see of them what they saw before.
    """
    for series in [row.id for row in Series.select(Series.id)]:
        for width in WIDTHS:
            wanted = (Rollup.series_id == series) & (Rollup.width == width) & (Rollup.start > after)
            _move(wanted if until is None else wanted & (Rollup.start <= until), width, by_ms)


def _move(wanted: Any, width: int, by_ms: int) -> None:
    columns = (Rollup.series_id, Rollup.width, Rollup.start)
    values = (Rollup.count, Rollup.sum, Rollup.min, Rollup.max, Rollup.sketch)
    rows: Any = Rollup.select(*columns, *values).where(wanted).tuples()
    moved: dict[Key, Bucket] = defaultdict(Bucket)
    for series, _, start, *stored in list(rows):
        moved[series, width, (start + by_ms) // width * width].merge(_bucket(*stored))
    if moved:
        Rollup.delete().where(wanted).execute()
        _save(moved)
