"""Minutes: what was recorded of the figures that a rule looks at, and its verdict at the end of each.

Five minutes at a time where single ones are not kept any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gamepilot_mon import queries, rollups, sketch, windows
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.queries import Query, Watch
from gamepilot_mon.rules import Verdict, Window, evaluate
from gamepilot_mon.windows import Target


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute recorded, by metric; five minutes where single ones are not kept any more."""

    at: int
    found: Mapping[str, Bucket] = field(default_factory=dict)
    width_ms: int = MINUTE_MS

    @property
    def end(self) -> int:
        return self.at + self.width_ms


def recorded(watch: Watch, since: int, until: int) -> dict[Target, list[Minute]]:
    """The recorded minutes of each target, oldest first; minutes without anything are left out. `until`: now."""
    planned = windows.plan(watch, windows.Index.of(set(watch.query.sources)))
    place = {
        number: (target, metric)
        for target, sources in planned.items()
        for metric, numbers in sources.items()
        for number in numbers
    }
    found: dict[Target, dict[tuple[int, int], dict[str, Bucket]]] = {target: {} for target in planned}
    for width, start, end in _parts(since, until):
        for number, at, bucket in rollups.each(place, width, start, end):
            target, metric = place[number]
            found[target].setdefault((at, width), {}).setdefault(metric, Bucket()).merge(bucket)
    return {
        target: [Minute(at, minutes[at, width], width) for at, width in sorted(minutes)]
        for target, minutes in found.items()
        if minutes
    }


def _parts(since: int, until: int) -> list[rollups.Part]:
    """Minutes as far back as they are kept, five at a time before that."""
    kept = until - rollups.KEPT_MS[rollups.MINUTE]
    edge = kept + -kept % rollups.FIVE
    if since >= edge:
        return [(rollups.MINUTE, since, until + 1)]
    return [(rollups.FIVE, since, edge), (rollups.MINUTE, edge, until + 1)]


class Sliding:
    """What the last `span_ms` hold, moved on minute by minute."""

    def __init__(self, minutes: Sequence[Minute], span_ms: int, query: Query) -> None:
        self._minutes = minutes
        self._span_ms = span_ms
        self._query = query
        self._first = self._next = 0
        self._sums: dict[str, Bucket] = {}

    def window(self, now: int) -> Window:
        while self._next < len(self._minutes) and self._minutes[self._next].end <= now:
            self._add(self._minutes[self._next], 1)
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
                sketch.merge(total.counts, {index: sign * count for index, count in bucket.counts.items()})

    def _found(self) -> dict[str, Bucket]:
        if self._query.statistic in ("min", "max", "last"):
            return self._found_anew()
        return {metric: bucket for metric, bucket in self._sums.items() if bucket.count}

    def _found_anew(self) -> dict[str, Bucket]:
        # Extremes cannot be taken back out of a sum, and the last value is no sum at all.
        found: dict[str, Bucket] = {}
        for minute in self._minutes[self._first : self._next]:
            for metric, bucket in minute.found.items():
                if self._query.statistic == "last" or metric not in found:
                    found[metric] = Bucket()
                found[metric].merge(bucket)
        return found


def verdicts(watch: Watch, minutes: Sequence[Minute], until: int) -> Iterator[tuple[int, Verdict]]:
    """(end of the minute, verdict) from the first recorded minute to the one of `until`."""
    sliding = [Sliding(minutes, span, watch.query) for span in watch.spans]
    for now in _ends(minutes, until):
        yield now, evaluate(watch.rule, [window.window(now) for window in sliding])


def _ends(minutes: Sequence[Minute], until: int) -> Iterator[int]:
    """The moments at which the recorded minutes are judged, gaps among them too."""
    since = minutes[0].at
    wide = [minute for minute in minutes if minute.width_ms > MINUTE_MS]
    if wide:
        yield from range(wide[0].end, wide[-1].end + 1, wide[0].width_ms)
        since = wide[-1].end
    yield from range(since + MINUTE_MS, until + 2 * MINUTE_MS, MINUTE_MS)
