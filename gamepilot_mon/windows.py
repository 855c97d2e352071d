"""Windows: read what many watches look at, with a few grouped queries rather than some for each watch."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gamepilot_mon import queries, rollups
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import DAY_MS
from gamepilot_mon.models import Series
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.queries import Query, Watch
from gamepilot_mon.rules import Window

# A target of `by` that was silent for longer than this is forgotten, and its absence no longer a fact.
REMEMBERED_MS = DAY_MS
CHUNK = 500  # metrics a query

Labels = Mapping[str, str]
Target = tuple[str, ...]  # the values of the labels in `by`
Plan = dict[Target, dict[str, list[int]]]  # by target, the series of each metric
Read = dict[tuple[str, int], dict[int, Bucket]]  # (statistic's kind, span) -> series -> bucket
PartsOf = Callable[[int], rollups.Parts]  # by the span of a window, the buckets that it takes


@dataclass(frozen=True, slots=True)
class Seen:
    """What a watch sees of one of its targets: a window for each of its spans."""

    watch: Watch
    target: dict[str, str]
    windows: list[Window]


class Index:
    """The series of some metrics, found by an equal label without looking at all of them."""

    def __init__(self, rows: Sequence[tuple[int, str, str]]) -> None:
        self._labels: dict[int, Labels] = {}
        self._of: dict[str, list[int]] = defaultdict(list)
        self._with: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for number, metric, text in rows:
            labels = self._labels[number] = msgspec.json.decode(text)
            self._of[metric].append(number)
            for name, value in labels.items():
                self._with[metric, name, value].append(number)

    @classmethod
    def of(cls, metrics: set[str]) -> "Index":
        rows: list[tuple[int, str, str]] = []
        ordered = sorted(metrics)
        for start in range(0, len(ordered), CHUNK):
            of_these = Series.metric.in_(ordered[start : start + CHUNK])
            query: Any = Series.select(Series.id, Series.metric, Series.labels).where(of_these)
            rows.extend(query.tuples())
        return cls(rows)

    def targets(self, query: Query, metric: str) -> dict[Target, list[int]]:
        """The series of `metric` that `query` is about, by target."""
        whole = metric in rollups.TOTALLED and not query.matchers and not query.by
        found: dict[Target, list[int]] = {}
        for number in self._candidates(metric, query.matchers):
            labels = self._labels[number]
            if metric in rollups.TOTALLED and whole != (not labels):
                continue  # the sum of the others, or one of those that are summed already
            if all(matcher.matches(labels) for matcher in query.matchers):
                found.setdefault(tuple(labels.get(name, "") for name in query.by), []).append(number)
        return found

    def _candidates(self, metric: str, matchers: tuple[Matcher, ...]) -> list[int]:
        equal = [
            self._with.get((metric, m.name, m.value), []) for m in matchers if m.operator == "=" and m.value
        ]
        return min(equal, key=len) if equal else self._of.get(metric, [])


def seen(watches: Sequence[Watch], now: int, past: PartsOf | None = None) -> Iterator[Seen]:
    """Every watch on each of its targets. A target of `by` without samples is left out, unless that is a fact.

    `past` says which buckets a window takes when `now` is a moment that has passed.
    """
    index = Index.of({metric for watch in watches for metric in watch.query.sources})
    plans = [plan(watch, index) for watch in watches]
    read = _read(watches, plans, past or (lambda span_ms: rollups.spans(span_ms, now)))
    heard = _heard(watches, plans, now)
    for watch, planned in zip(watches, plans, strict=True):
        remembered = _remembered(planned, heard.get(_memory_ms(watch), set()))
        for target, series in planned.items():
            windows = [
                queries.window(watch.query, _buckets(series, read[_kind(watch.query), span]), span)
                for span in watch.spans
            ]
            if not watch.query.by or target in remembered or any(window.samples for window in windows):
                yield Seen(watch, dict(zip(watch.query.by, target, strict=True)), windows)


def plan(watch: Watch, index: Index) -> Plan:
    """By target, the series to read of each source. Without `by` there is one target, even of nothing."""
    planned: Plan = {} if watch.query.by else {(): {}}
    for metric in watch.query.sources:
        for target, series in index.targets(watch.query, metric).items():
            planned.setdefault(target, {})[metric] = series
    return planned


def _kind(query: Query) -> str:
    return "sketches" if query.needs_sketch else "newest" if query.statistic == "last" else "sums"


def _series(planned: Plan) -> Iterator[int]:
    return (number for sources in planned.values() for numbers in sources.values() for number in numbers)


def _read(watches: Sequence[Watch], plans: Sequence[Plan], parts: PartsOf) -> Read:
    wanted: dict[tuple[str, int], set[int]] = defaultdict(set)
    for watch, planned in zip(watches, plans, strict=True):
        for span in watch.spans:
            wanted[_kind(watch.query), span].update(_series(planned))
    readers = {"sums": rollups.sums, "sketches": rollups.sketches, "newest": rollups.newest}
    return {(kind, span): readers[kind](series, parts(span)) for (kind, span), series in wanted.items()}


def _buckets(series: Mapping[str, list[int]], read: Mapping[int, Bucket]) -> dict[str, Bucket]:
    found: dict[str, Bucket] = {}
    for metric, numbers in series.items():
        parts = [read[number] for number in numbers if number in read]
        if parts:
            found[metric] = parts[0] if len(parts) == 1 else _merged(parts)
    return found


def _merged(parts: Sequence[Bucket]) -> Bucket:
    whole = Bucket()
    for part in parts:
        whole.merge(part)
    return whole


def _memory_ms(watch: Watch) -> int:
    """How long a target of `by` is missed; 0: its absence is no fact."""
    missed = watch.rule.no_data == "alert" and watch.query.by
    return max(REMEMBERED_MS, *watch.spans) if missed else 0


def _heard(watches: Sequence[Watch], plans: Sequence[Plan], now: int) -> dict[int, set[int]]:
    """By how long they are missed, the series that were heard of in that time."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for watch, planned in zip(watches, plans, strict=True):
        if memory := _memory_ms(watch):
            wanted[memory].update(_series(planned))
    return {memory: rollups.seen(series, now - memory, now) for memory, series in wanted.items()}


def _remembered(planned: Plan, heard: set[int]) -> set[Target]:
    if not heard:
        return set()
    return {
        target
        for target, sources in planned.items()
        if any(number in heard for numbers in sources.values() for number in numbers)
    }
