"""Reading: what was measured of some series over the buckets of a span, by one statement for all of its parts."""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from gamepilot_mon import sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.db import database
from gamepilot_mon.rollups import rows
from gamepilot_mon.rollups.series import Labels, canonical, labelled, number_of
from gamepilot_mon.rollups.tiers import HOUR, WIDTHS, Parts, spans

MANY = 5_000  # series read by one statement

_WHERE = (
    "FROM rollup WHERE series_id IN ({series}) AND width = {width} AND start >= {since} AND start < {until}"
)


def window(metric: str, span_ms: int, now: int, labels: Labels = ()) -> Bucket:
    """One series over the last `span_ms`: an empty Bucket when it has no samples."""
    return over(metric, spans(span_ms, now), labels)


def over(metric: str, parts: Parts, labels: Labels = ()) -> Bucket:
    """One series over the buckets of `parts`."""
    number = number_of(metric, canonical(labels))
    return Bucket() if number is None else sketches([number], parts).get(number, Bucket())


def by_label(metric: str, span_ms: int, now: int) -> dict[str, Bucket]:
    """Every labelled series of `metric` with samples in the window, by its `operation` label."""
    return over_by_label(metric, spans(span_ms, now))


def over_by_label(metric: str, parts: Parts, *, percentiles: bool = True) -> dict[str, Bucket]:
    """As by_label(); `percentiles`: with the sketches."""
    names = {number: labels.get("operation", "") for number, labels in labelled(metric).items()}
    found = (sketches if percentiles else sums)(names, parts)
    return {names[number]: bucket for number, bucket in found.items()}


def sums(series: Collection[int], parts: Parts) -> dict[int, Bucket]:
    """Many series over the buckets of `parts`, without their sketches; those without samples left out."""
    columns = "series_id, SUM(count), SUM(sum), MIN(min), MAX(max)"
    result: dict[int, Bucket] = {}
    for number, *values in _rows(columns, series, parts, "GROUP BY series_id"):
        if number in result:
            result[number].merge(Bucket(*values))
        else:
            result[number] = Bucket(*values)
    return result


def sketches(series: Collection[int], parts: Parts) -> dict[int, Bucket]:
    """As sums(), with the sketches that percentiles need."""
    rows_of: defaultdict[int, list[Any]] = defaultdict(list)
    for row in _rows("count, sum, min, max, sketch, series_id", series, parts):
        rows_of[row[-1]].append(row)
    return {number: _together(found) for number, found in rows_of.items()}


def _together(found: Sequence[Any]) -> Bucket:
    """One bucket of rows that begin with count, sum, min, max and sketch."""
    counts, sums, lows, highs, blobs, *_ = zip(*found, strict=True)
    union = sketch.union(blob for blob in blobs if blob)
    for count, high, blob in zip(counts, highs, blobs, strict=True):
        if not blob:
            sketch.merge(union, {sketch.bucket(high): count})
    return Bucket(sum(counts), sum(sums), min(lows), max(highs), union)


def newest(series: Collection[int], parts: Parts) -> dict[int, Bucket]:
    """The newest bucket of each series in the span of `parts`, of the finest tier that has one, without a sketch."""
    found: dict[int, Bucket] = {}
    if not parts:
        return found
    columns = (
        "series_id, count, sum, min, max, MAX(start)"  # the other columns are of the row with that start
    )
    start, end, finest = parts[0][1], parts[-1][2], min(width for width, _, _ in parts)
    for width in WIDTHS:  # of the wide ones those alone that have nothing from outside in them
        until = end if width <= finest else end - end % width
        left = [number for number in series if number not in found]
        for number, *values, _ in _rows(
            columns, left, [(width, start + -start % width, until)], "GROUP BY series_id"
        ):
            found[number] = Bucket(*values)
    return found


def seen(series: Collection[int], since: int, until: int) -> set[int]:
    """Those with samples in an hour that ends after `since` and begins before `until`."""
    parts = [(HOUR, since - since % HOUR, until + 1)]
    return {number for (number,) in _rows("DISTINCT series_id", series, parts)}


def each(
    series: Collection[int], width: int, since: int, until: int, *, percentiles: bool = True
) -> Iterator[tuple[int, int, Bucket]]:
    """(series, start, bucket) of one tier's buckets from `since` until before `until`, a series' oldest first.

    `percentiles`: with the sketches.
    """
    columns = f"series_id, start, count, sum, min, max, {'sketch' if percentiles else 'NULL'}"
    for number, start, *values in _rows(
        columns, series, [(width, since, until)], "ORDER BY series_id, start"
    ):
        yield number, start, rows.bucket(*values)


def summed(
    series: Collection[int], width: int, edges: Sequence[int]
) -> Iterator[tuple[int, int, Bucket]]:  # fmt: skip
    """(series, number of the step, bucket without a sketch) of one tier; a step lasts from an edge to the next.

    A step may come in several pieces.
    """
    unit_ms = math.gcd(*(after - before for before, after in pairwise(edges)))
    columns = f"series_id, (start - {edges[0]}) / {unit_ms}, SUM(count), SUM(sum), MIN(min), MAX(max)"
    for number, unit, *values in _rows(columns, series, [(width, edges[0], edges[-1])], "GROUP BY 1, 2"):
        yield number, bisect_right(edges, edges[0] + unit * unit_ms) - 1, Bucket(*values)


def sketched(
    series: Collection[int], width: int, edges: Sequence[int]
) -> Iterator[tuple[int, int, Bucket]]:  # fmt: skip
    """As summed(), with sketches, and each step whole."""
    rows_of: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)
    columns = "count, sum, min, max, sketch, series_id, start"
    for row in _rows(columns, series, [(width, edges[0], edges[-1])]):
        rows_of[row[-2], bisect_right(edges, row[-1]) - 1].append(row)
    for key, found in rows_of.items():
        yield *key, _together(found)


def buckets(metric: str, width: int, since: int) -> dict[int, tuple[int, float]]:
    """The unlabelled series' buckets from `since` on, {start: (count, sum)}; those without samples left out."""
    number = number_of(metric)
    if number is None:
        return {}
    sql = (
        "SELECT start, count, sum FROM rollup WHERE series_id = ? AND width = ? AND start >= ? ORDER BY start"
    )
    cursor: Any = database.execute_sql(sql, (number, width, since))
    return {start: (count, total) for start, count, total in cursor.fetchall()}


def hourly(metric: str, hours: int, now: int) -> dict[int, int]:
    """Counts of the unlabelled series by hour, {start of hour: count}, hours without samples left out."""
    return {start: count for start, (count, _) in buckets(metric, HOUR, now - hours * HOUR).items()}


def _rows(columns: str, series: Collection[int], parts: Parts, ending: str = "") -> Iterator[Any]:
    """Rows of each of `parts`, one part after the other."""
    for some in _chunks(series):
        for width, since, until in parts:
            numbers = ",".join(map(str, some))
            where = _WHERE.format(series=numbers, width=width, since=since, until=until)
            cursor: Any = database.execute_sql(f"SELECT {columns} {where} {ending}")
            yield from cursor.fetchall()


def _chunks(series: Collection[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(series)
    for start in range(0, len(ordered), MANY):
        yield ordered[start : start + MANY]
