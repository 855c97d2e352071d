"""Figures: the value of a metric at each step of an axis, for one target or for each of several."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon import rollups, sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import SECOND_MS, format_duration, iso
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.queries import INCIDENTS, OPERATIONS, QUANTILES, RATES, Query, window
from gamepilot_mon.timeline import axis as axes
from gamepilot_mon.timeline.axis import Axis, Refused
from gamepilot_mon.windows import Index, Target

SERIES_MOST = 500
SUMS_MOST = 2_000_000  # buckets read by one question, which add up inside the store
SKETCHES_MOST = 150_000  # with percentiles, which do not
VALUES_SHOWN = 12_000  # in all, when no step is asked for
POINTS_LEAST = 30
AGAINST = {"yesterday": 1, "last-week": 7}  # days back

Points = dict[int, Bucket]  # by the number of the step
Numbers = dict[str, list[int]]  # by metric, the series
Values = list[float | None]


@dataclass(frozen=True, slots=True)
class Question:
    """Which figure of which metric; `by` labels make a line each, `against` a second one of an earlier time."""

    name: str
    statistic: str
    since: int
    until: int
    zone: ZoneInfo
    matchers: tuple[Matcher, ...] = ()
    by: tuple[str, ...] = ()
    step_ms: int | None = None
    against: str | None = None
    shown: int | None = None  # points when no step is given; None: as many as are good to look at


def answer(question: Question, now: int) -> dict[str, Any]:
    """The lines of a question, null where nothing was measured. Raises Refused."""
    [found] = answers(question, (question.statistic,), now)
    return found


def answers(question: Question, statistics: Sequence[str], now: int) -> list[dict[str, Any]]:
    """As answer(), for several statistics of one metric, which is read once. Raises Refused."""
    days = AGAINST[question.against] if question.against else 0
    targets = _targets(question)
    axis = axes.make(
        question.since, question.until, now, question.zone,
        step_ms=question.step_ms, back_days=days, shown=question.shown or _shown(len(targets)),
    )  # fmt: skip
    shifted = [axes.shifted(axis, days, now, question.zone)] if days else []
    lines = [_lines(question, statistics, targets, each, now) for each in (axis, *shifted)]
    return [
        _document(question, name, axis, targets, [line[name] for line in lines], now) for name in statistics
    ]


def _document(
    question: Question, statistic: str, axis: Axis, targets: Mapping[Target, Numbers],
    lines: Sequence[Mapping[Target, Values]], now: int,
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": question.name, "statistic": statistic, "from": iso(axis.edges[0]),
        "to": iso(min(axis.edges[-1], now)), "step": format_duration(axis.step_ms), "stepMs": axis.step_ms,
        "tier": format_duration(axis.width), "zone": question.zone.key, "by": list(question.by),
        "compare": question.against, "times": [iso(start) for start in axis.starts],
        "series": [_series(question, target, lines) for target in sorted(targets)],
    }  # fmt: skip


def _series(question: Question, target: Target, lines: Sequence[Mapping[Target, Values]]) -> dict[str, Any]:
    labels = dict(zip(question.by, target, strict=True))
    values, *compared = (line[target] for line in lines)
    return {"labels": labels, "values": values, **({"compare": compared[0]} if compared else {})}


def _shown(series: int) -> int:
    """How many points a series should have when no step is asked for: many lines need fewer each."""
    return max(POINTS_LEAST, min(axes.POINTS_SHOWN, VALUES_SHOWN // max(series, 1)))


def _targets(question: Question) -> dict[Target, Numbers]:
    """By target, the series of each metric that is read: of a rate those of what it is a part of, too."""
    rate = RATES.get(question.name)
    main, others = (rate.per or "", rate.metrics) if rate else (question.name, ())
    index = Index.of({main, *others})
    found = {target: {main: numbers} for target, numbers in _series_of(index, question, main).items()}
    for metric in others:
        for target, numbers in _series_of(index, question, metric).items():
            found.setdefault(target, {main: []})[metric] = numbers
    if len(found) > SERIES_MOST:
        raise Refused("/by", f"makes {len(found):,} series; at most {SERIES_MOST} are shown: filter by label")
    return found or ({} if question.by else {(): {main: []}})


def _series_of(index: Index, question: Question, metric: str) -> dict[Target, list[int]]:
    query = Query((metric,), question.statistic, matchers=question.matchers, by=question.by)
    return index.targets(query, metric)


def _lines(
    question: Question, statistics: Sequence[str], targets: Mapping[Target, Numbers], axis: Axis, now: int
) -> dict[str, dict[Target, Values]]:
    """By statistic and target, a value a step."""
    steps = range(len(axis.starts))
    if rate := RATES.get(question.name):
        of_rate = {
            target: [_rate(rate, points, n) for n in steps] for target, points in _parts(targets, axis)
        }
        return dict.fromkeys(statistics, of_rate)
    ran = _ran(question, axis)
    series = {target: numbers[question.name] for target, numbers in targets.items()}
    read = _read(series, axis, not QUANTILES.keys().isdisjoint(statistics))
    return {
        statistic: {
            target: [_value(statistic, points.get(n), axis, n, now, ran) for n in steps]
            for target, points in read.items()
        }
        for statistic in statistics
    }


def _parts(
    targets: Mapping[Target, Numbers], axis: Axis
) -> Iterator[tuple[Target, dict[str, Points]]]:  # fmt: skip
    """Each target with the points of each metric of a rate."""
    metrics = {metric for numbers in targets.values() for metric in numbers}
    read = {
        metric: _read({target: numbers.get(metric, []) for target, numbers in targets.items()}, axis, False)
        for metric in metrics
    }
    for target in targets:
        yield target, {metric: read[metric][target] for metric in metrics}


def _rate(rate: Query, points: Mapping[str, Points], step: int) -> float | None:
    found = {metric: buckets[step] for metric, buckets in points.items() if step in buckets}
    return window(rate, found, 0).value


def _ran(question: Question, axis: Axis) -> set[int]:
    """The steps in which the absence of an incident says that there was none, since operations ran."""
    if question.name not in INCIDENTS or question.statistic not in ("count", "sum", "rate"):
        return set()
    total = Index.of({OPERATIONS}).targets(Query((OPERATIONS,), "count"), OPERATIONS)
    return set(_read(total, axis, percentiles=False).get((), {}))


def _read(targets: Mapping[Target, list[int]], axis: Axis, percentiles: bool) -> dict[Target, Points]:
    of = {number: target for target, numbers in targets.items() for number in numbers}
    _affordable(len(of), axis, percentiles)
    found: dict[Target, Points] = {target: {} for target in targets}
    read = rollups.sketched if percentiles else rollups.summed
    for number, place, bucket in read(of, axis.width, axis.edges):
        points = found[of[number]]
        if place in points:
            points[place].merge(bucket)
        else:
            points[place] = bucket
    return found


def _affordable(series: int, axis: Axis, percentiles: bool) -> None:
    most = SKETCHES_MOST if percentiles else SUMS_MOST
    wanted = series * (axis.edges[-1] - axis.edges[0]) // axis.width
    if wanted > most:
        detail = f"would read {wanted:,} buckets of {series:,} series; at most {most:,}: ask for less time or fewer"
        raise Refused("/from", detail)


def _value(
    statistic: str, bucket: Bucket | None, axis: Axis, number: int, now: int, ran: set[int]
) -> float | None:  # fmt: skip
    if bucket is None:
        return 0.0 if number in ran else None
    if statistic in QUANTILES:
        [value] = sketch.quantiles(bucket.counts, [QUANTILES[statistic]])
        return None if value is None else min(max(value, bucket.min), bucket.max)
    if statistic == "rate":
        lasted_ms = min(axis.edges[number + 1], now) - axis.edges[number]
        return bucket.count * SECOND_MS / max(lasted_ms, SECOND_MS)
    value = bucket.mean if statistic == "mean" else getattr(bucket, statistic)
    return None if value is None else float(value)
