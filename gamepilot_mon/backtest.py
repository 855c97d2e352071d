"""Backtest: the real rule, lifecycle and paging over what was recorded. How often would this rule have paged?

The history is the rollups, judged at the end of each minute while minutes are kept (48 hours), and before that of
each five minutes (30 days); for a rhythm rule it is the pulses of its signal. A page is a message to one channel, so
the cooldown counts as it does in life.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gamepilot_mon import alerts, measures, paging, stored_rules
from gamepilot_mon.alerts import Current, Patience
from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.minutes import Minute, recorded, verdicts
from gamepilot_mon.moods import rhythms
from gamepilot_mon.paging import Send, Standing, Told
from gamepilot_mon.queries import Watch
from gamepilot_mon.rules import Verdict
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.windows import Target

DAYTIME = range(7, 22)


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


NOTHING = Result([], 0, 0, 0, 0, 0, [])


def with_thresholds(watch: Watch, warning: float | None, critical: float | None) -> Watch:
    """`watch` with the thresholds that are given, of a rhythm rule in deviations.

    Raises ValueError when they stand in the wrong order.
    """
    rule = watch.rule
    if rule.pairs and (warning, critical) != (None, None):
        raise ValueError("a burn-rate rule has windows instead of thresholds")
    changed = replace(
        rule,
        warning=rule.warning if warning is None else warning,
        critical=rule.critical if critical is None else critical,
    )
    warns, pages = changed.warning, changed.critical
    if watch.rhythm is not None and any(rung <= 0 for _, rung in changed.rungs):
        raise ValueError("deviations must be more than 0")
    if warns is not None and pages is not None:
        milder = pages < warns if watch.rhythm is not None else changed.breaches(warns, pages)
        if milder:
            raise ValueError("critical must be worse than warning")
    return replace(watch, rule=changed)


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
    """The rule of that name with what it looks at; None for single facts, and for no rule.

    A stored rule is found even while it is not enabled: that is when one wants to know.
    """
    for watch in measures.watches(config, spans):
        if watch.rule.type == name:
            return watch
    spec = stored_rules.specs().get(name)
    return spec.watch(name) if spec else None


def over(watch: Watch, since: int, until: int, config: RuntimeConfig) -> Result:
    """What `watch` would have done with what was recorded since then. `until`: now."""
    cooldown_ms, repeat_ms = config.cooldown_ms, config.repeat_interval_ms
    if watch.rhythm is None:
        return replay(watch, recorded(watch, since, until), cooldown_ms=cooldown_ms, repeat_ms=repeat_ms)
    seen = list(rhythms.verdicts(watch, since, until))
    return _played(watch, (), seen, cooldown_ms, repeat_ms) if seen else NOTHING


def replay(
    watch: Watch, recorded: Mapping[Target, Sequence[Minute]], *, cooldown_ms: int, repeat_ms: int
) -> Result:
    """What would have happened with `watch` on each of its targets."""
    moments = [minute.at for minutes in recorded.values() for minute in minutes]
    if not moments:
        return NOTHING
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
    end = until + MINUTE_MS
    played = _played(watch, target, verdicts(watch, minutes, until), cooldown_ms, repeat_ms, end)
    return replace(played, span_ms=end - minutes[0].at)


def _played(
    watch: Watch, target: Target, seen: Iterable[tuple[int, Verdict]], cooldown_ms: int, repeat_ms: int,
    until: int | None = None,
) -> Result:  # fmt: skip
    """`until`: when the time ends; else with the last verdict."""
    run = _Run(target, cooldown_ms, repeat_ms, Patience.of(watch.rule))
    first = last = None
    for now, verdict in seen:
        first, last = now if first is None else first, now
        run.step(now, verdict)
    end = until or last or 0
    return run.result(end, end - (first or end))


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
