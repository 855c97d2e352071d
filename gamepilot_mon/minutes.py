"""Minutes: what was recorded of each target, and the windows that slide over it as time went on.

Single minutes are kept for 48 hours, and before that five of them together for 30 days.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gamepilot_mon import queries, rollups, sketch, windows
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.queries import Query, Watch
from gamepilot_mon.rules import Window
from gamepilot_mon.windows import Target

Outdoes = Callable[[Bucket, Bucket], bool]
KEPT_MS = rollups.KEPT_MS[rollups.MINUTE]
WIDE_MS = rollups.FIVE

Moment = tuple[int, list[Window]]  # when it is judged, and a window for each span


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute recorded, by metric; five minutes where single ones are not kept any more."""

    at: int
    found: Mapping[str, Bucket] = field(default_factory=dict)
    width_ms: int = MINUTE_MS

    @property
    def end(self) -> int:
        return self.at + self.width_ms


Recorded = Mapping[Target, Sequence[Minute]]
Seen = Mapping[Target, Sequence[Moment]]


def seen(watch: Watch, since: int, until: int) -> dict[Target, list[Moment]]:
    """What `watch` saw of each of its targets; `until`: now."""
    return slid(watch, recorded(watch, since, until))


def slid(watch: Watch, recorded: Recorded) -> dict[Target, list[Moment]]:
    """What it saw of what was recorded, of each target until the last minute of all."""
    last = max((minute.at for minutes in recorded.values() for minute in minutes), default=0)
    return {target: list(moments(watch, minutes, last)) for target, minutes in recorded.items() if minutes}


def targets(watch: Watch) -> windows.Plan:
    return windows.plan(watch, windows.Index.of(set(watch.query.sources)))


def busiest(planned: windows.Plan, most: int, since: int, until: int) -> windows.Plan:
    """Of more than `most` targets those with the most samples in the span."""
    if len(planned) <= most:
        return planned
    sums = rollups.sums(_series(planned), [(rollups.HOUR, since - since % rollups.HOUR, until + 1)])
    busy = {
        target: sum(
            sums[number].count for numbers in sources.values() for number in numbers if number in sums
        )
        for target, sources in planned.items()
    }
    return {target: planned[target] for target in sorted(planned, key=lambda one: -busy[one])[:most]}


def _series(planned: windows.Plan) -> list[int]:
    return [number for sources in planned.values() for numbers in sources.values() for number in numbers]


def recorded(
    watch: Watch, since: int, until: int, chosen: windows.Plan | None = None
) -> dict[Target, list[Minute]]:
    """The recorded minutes of each target, oldest first; minutes without anything are left out. `until`: now.

    `chosen`: of its targets only these.
    """
    planned = targets(watch) if chosen is None else chosen
    place = {
        number: (target, metric)
        for target, sources in planned.items()
        for metric, numbers in sources.items()
        for number in numbers
    }
    found: dict[Target, dict[tuple[int, int], dict[str, Bucket]]] = {target: {} for target in planned}
    for width, start, end in _parts(since, until):
        for number, at, bucket in rollups.each(
            place, width, start, end, percentiles=watch.query.needs_sketch
        ):
            target, metric = place[number]
            found[target].setdefault((at, width), {}).setdefault(metric, Bucket()).merge(bucket)
    return {
        target: [Minute(at, minutes[at, width], width) for at, width in sorted(minutes)]
        for target, minutes in found.items()
        if minutes
    }


def _parts(since: int, until: int) -> list[rollups.Part]:
    """Minutes as far back as they are kept, five at a time before that."""
    kept = until - KEPT_MS
    edge = kept + -kept % rollups.FIVE
    if since >= edge:
        return [(rollups.MINUTE, since, until + 1)]
    return [(rollups.FIVE, since, edge), (rollups.MINUTE, edge, until + 1)]


def moments(watch: Watch, minutes: Sequence[Minute], until: int) -> Iterator[Moment]:
    """What `watch` saw at each moment from the first recorded minute to the one of `until`."""
    sliding = [Sliding(minutes, span, watch.query) for span in watch.spans]
    for now in _ends(minutes, until):
        yield now, [window.window(now) for window in sliding]


def _ends(minutes: Sequence[Minute], until: int) -> Iterator[int]:
    """The moments at which the recorded minutes are judged, gaps among them too."""
    since = minutes[0].at
    wide = [minute for minute in minutes if minute.width_ms > MINUTE_MS]
    if wide:
        yield from range(wide[0].end, wide[-1].end + 1, wide[0].width_ms)
        since = wide[-1].end
    yield from range(since + MINUTE_MS, until + 2 * MINUTE_MS, MINUTE_MS)


class Sliding:
    """What the last `span_ms` hold, moved on minute by minute."""

    def __init__(self, minutes: Sequence[Minute], span_ms: int, query: Query) -> None:
        self._minutes = minutes
        self._span_ms = span_ms
        self._query = query
        self._first = self._next = 0
        self._sums: dict[str, Bucket] = {}
        self._peaks = {
            "min": _Peaks(lambda new, old: new.min <= old.min),
            "max": _Peaks(lambda new, old: new.max >= old.max),
            "last": _Peaks(lambda new, old: True),
        }.get(query.statistic)

    def window(self, now: int) -> Window:
        while self._next < len(self._minutes) and self._minutes[self._next].end <= now:
            self._add(self._minutes[self._next], 1)
            if self._peaks:
                self._peaks.add(self._next, self._minutes[self._next])
            self._next += 1
        while self._first < self._next and self._minutes[self._first].at < now - self._span_ms:
            self._add(self._minutes[self._first], -1)
            self._first += 1
        return queries.window(self._query, self._found(), self._span_ms)

    def _add(self, minute: Minute, sign: int) -> None:
        for metric, bucket in minute.found.items():
            total = self._sums.setdefault(metric, Bucket())
            total.count += sign * bucket.count
            total.sum += sign * bucket.sum
            if self._query.needs_sketch:
                _move(total.counts, bucket.counts, sign)

    def _found(self) -> dict[str, Bucket]:
        found = {metric: bucket for metric, bucket in self._sums.items() if bucket.count}
        if self._peaks is None:
            return found
        if self._query.statistic == "last":
            return {metric: self._peaks.top(metric, self._first) for metric in found}
        return {
            metric: _with_extremes(bucket, self._peaks.top(metric, self._first))
            for metric, bucket in found.items()
        }


def _move(total: sketch.Counts, counts: sketch.Counts, sign: int) -> None:
    """Add the counts or take them out; what is left with none would only be in the way."""
    for index, count in counts.items():
        left = total.get(index, 0) + sign * count
        if left:
            total[index] = left
        else:
            del total[index]


def _with_extremes(sums: Bucket, peak: Bucket) -> Bucket:
    return Bucket(sums.count, sums.sum, peak.min, peak.max)


class _Peaks:
    """What cannot be taken back out of a sum: of each metric the bucket in front, and those that may follow it."""

    def __init__(self, outdoes: Outdoes) -> None:
        self._outdoes = outdoes
        self._waiting: dict[str, deque[tuple[int, Bucket]]] = {}

    def add(self, number: int, minute: Minute) -> None:
        for metric, bucket in minute.found.items():
            waiting = self._waiting.setdefault(metric, deque())
            while waiting and self._outdoes(bucket, waiting[-1][1]):
                waiting.pop()
            waiting.append((number, bucket))

    def top(self, metric: str, first: int) -> Bucket:
        """The one in front among the minutes from the number `first` on."""
        waiting = self._waiting[metric]
        while waiting[0][0] < first:
            waiting.popleft()
        return waiting[0][1]
