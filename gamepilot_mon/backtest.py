"""Backtest: the real rule, lifecycle and paging over what was recorded. How often would this rule have paged?

The history is the rollups, judged at the end of each minute while minutes are kept (48 hours), and before that of
each five minutes (30 days). A page is a message to one channel, so the cooldown counts as it does in life.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gamepilot_mon import alerts, measures, paging, queries, rollups, sketch, stored_rules, windows
from gamepilot_mon.alerts import Current, Patience
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.paging import Send, Standing, Told
from gamepilot_mon.queries import Query, Watch
from gamepilot_mon.rules import Rule, Verdict, Window, evaluate
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.windows import Target

DAYTIME = range(7, 22)


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute recorded, by metric; five minutes where single ones are not kept any more."""

    at: int
    found: Mapping[str, Bucket] = field(default_factory=dict)
    width_ms: int = MINUTE_MS

    @property
    def end(self) -> int:
        return self.at + self.width_ms


@dataclass(frozen=True, slots=True)
class Page:
    """One message that would have been sent."""

    at: int
    change: str
    severity: str
    text: str

    def at_night(self, zone: ZoneInfo) -> bool:
        return datetime.fromtimestamp(self.at / 1000, zone).hour not in DAYTIME


class Firing(NamedTuple):
    """From firing to the end of one alert."""

    target: Target
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Result:
    """`pages` without the resolutions; times in ms."""

    pages: list[Page]
    resolutions: int
    alerts: int
    firing_ms: int
    longest_ms: int
    span_ms: int
    spans: list[Firing]


def with_thresholds(rule: Rule, warning: float | None, critical: float | None) -> Rule:
    """`rule` with the thresholds that are given. Raises ValueError when they stand in the wrong order."""
    if rule.pairs and (warning, critical) != (None, None):
        raise ValueError("a burn-rate rule has windows instead of thresholds")
    changed = replace(
        rule,
        warning=rule.warning if warning is None else warning,
        critical=rule.critical if critical is None else critical,
    )
    warns, pages = changed.warning, changed.critical
    if warns is not None and pages is not None and changed.breaches(warns, pages):
        raise ValueError("critical must be worse than warning")
    return changed


def document(result: Result, zone: ZoneInfo) -> dict[str, Any]:
    """The result as the API and `--json` show it."""
    return {
        "pages": [
            {**asdict(page), "at": iso(page.at), "night": page.at_night(zone)} for page in result.pages
        ],
        "pagesAtNight": sum(page.at_night(zone) for page in result.pages),
        "resolutions": result.resolutions,
        "alerts": result.alerts,
        "firingMs": result.firing_ms,
        "longestMs": result.longest_ms,
        "spanMs": result.span_ms,
    }


def watch_of(name: str, config: RuntimeConfig, spans: Sequence[int]) -> Watch | None:
    """The rule of that name with what it looks at; None for single facts, rhythms, and for no rule.

    A stored rule is found even while it is not enabled: that is when one wants to know.
    """
    for watch in measures.watches(config, spans):
        if watch.rule.type == name:
            return watch
    spec = stored_rules.specs().get(name)
    found = spec.watch(name) if spec else None
    return found if found is None or found.rhythm is None else None


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


def replay(
    watch: Watch, recorded: Mapping[Target, Sequence[Minute]], *, cooldown_ms: int, repeat_ms: int
) -> Result:
    """What would have happened with `watch` on each of its targets."""
    moments = [minute.at for minutes in recorded.values() for minute in minutes]
    if not moments:
        return Result([], 0, 0, 0, 0, 0, [])
    last = max(moments)
    results = [
        _replay(watch, target, minutes, last, cooldown_ms, repeat_ms)
        for target, minutes in recorded.items()
        if minutes
    ]
    return Result(
        sorted((page for result in results for page in result.pages), key=lambda page: page.at),
        sum(result.resolutions for result in results),
        sum(result.alerts for result in results),
        sum(result.firing_ms for result in results),
        max(result.longest_ms for result in results),
        last + MINUTE_MS - min(moments),
        [firing for result in results for firing in result.spans],
    )


def _replay(
    watch: Watch, target: Target, minutes: Sequence[Minute], until: int, cooldown_ms: int, repeat_ms: int
) -> Result:  # fmt: skip
    run = _Run(target, cooldown_ms, repeat_ms, Patience.of(watch.rule))
    for now, verdict in verdicts(watch, minutes, until):
        run.step(now, verdict)
    return run.result(until + MINUTE_MS, until + MINUTE_MS - minutes[0].at)


class _Run:
    """One alert after the other, with what a channel would have been told."""

    def __init__(self, target: Target, cooldown_ms: int, repeat_ms: int, patience: Patience) -> None:
        self._target = target
        self._cooldown_ms, self._repeat_ms, self._patience = cooldown_ms, repeat_ms, patience
        self._current: Current | None = None
        self._fired_at: int | None = None
        self._number = 0
        self._last: Told | None = None
        self._last_page: Told | None = None
        self._pages: list[Page] = []
        self._resolutions = 0
        self._spans: list[Firing] = []

    def step(self, now: int, verdict: Verdict) -> None:
        change = alerts.transition(self._current, verdict, now, patience=self._patience)
        if change and change.status == "resolved":
            self._tell(now, Standing(self._number, "resolved", change.severity), verdict)
            self._end(now)
        elif change:
            self._open(now, change.status)
            self._current = Current(
                change.status, change.severity, verdict.value, None, now, change.waiting_since
            )
        if self._current:
            self._tell(now, Standing(self._number, self._current.status, self._current.severity), verdict)

    def result(self, now: int, span_ms: int) -> Result:
        if self._fired_at is not None:
            self._spans.append(Firing(self._target, self._fired_at, now))
        lasted = [firing.until - firing.since for firing in self._spans]
        return Result(
            self._pages,
            self._resolutions,
            len(self._spans),
            sum(lasted),
            max(lasted, default=0),
            span_ms,
            self._spans,
        )

    def _open(self, now: int, status: str) -> None:
        if self._current is None:
            self._number += 1
        if status == "firing" and self._fired_at is None:
            self._fired_at = now

    def _end(self, now: int) -> None:
        if self._fired_at is not None:
            self._spans.append(Firing(self._target, self._fired_at, now))
        self._current = self._fired_at = None

    def _tell(self, now: int, standing: Standing, verdict: Verdict) -> None:
        decision = paging.owed(standing, self._last, self._last_page, now, self._cooldown_ms, self._repeat_ms)
        if not isinstance(decision, Send):
            return
        self._last = Told(standing.alert_id, decision.change, standing.severity, now)
        if decision.change == "resolved":
            self._resolutions += 1
            return
        self._last_page = self._last
        self._pages.append(Page(now, decision.change, standing.severity, verdict.message))
