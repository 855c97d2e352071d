"""Backtest: the real rule, lifecycle and paging over what was recorded. How often would this threshold have paged?

The history is the minute rollups (kept 48 hours), judged at the end of each minute. A page is a message to one
channel, so the cooldown counts as it does in life.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon import alerts, measures, paging, rollups
from gamepilot_mon.alerts import Current
from gamepilot_mon.clock import MINUTE_MS, iso
from gamepilot_mon.measures import Totals
from gamepilot_mon.paging import Send, Standing, Told
from gamepilot_mon.rollups import MINUTE, Bucket
from gamepilot_mon.rules import Outcome, Rule, Verdict, Window, evaluate

DAYTIME = range(7, 22)

# The rules that are a figure over operations; the others are single facts, which no threshold changes.
VALUES: dict[str, Callable[[Totals], Window]] = {
    "error_rate": measures.error_ratio,
    "success_rate": measures.success_ratio,
    "response_time": lambda totals: measures.response_ms(totals, "mean"),
    "slow_queries": measures.slow_count,
}


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute recorded."""

    at: int
    operations: int = 0
    duration_sum_ms: float = 0.0
    failures: int = 0
    errors: int = 0
    slow: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One message that would have been sent."""

    at: int
    change: str
    severity: str
    text: str

    def at_night(self, zone: ZoneInfo) -> bool:
        return datetime.fromtimestamp(self.at / 1000, zone).hour not in DAYTIME


@dataclass(frozen=True, slots=True)
class Result:
    """`pages` without the resolutions; `spans` from firing to the end of each alert; all in ms."""

    pages: list[Page]
    resolutions: int
    alerts: int
    firing_ms: int
    longest_ms: int
    span_ms: int
    spans: list[tuple[int, int]]


def with_thresholds(rule: Rule, warning: float | None, critical: float | None) -> Rule:
    """`rule` with the thresholds that are given. Raises ValueError when they stand in the wrong order."""
    changed = replace(
        rule,
        warning=rule.warning if warning is None else warning,
        critical=rule.critical if critical is None else critical,
    )
    if changed.warning is not None and changed.breaches(changed.warning, changed.critical):
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


def recorded(since: int, until: int) -> list[Minute]:
    """The recorded minutes, oldest first; minutes without anything are left out."""
    names = ("operation_duration_ms", "operation_failures", "errors", "slow_operations")
    series = {name: rollups.buckets(name, MINUTE, since) for name in names}
    minutes = sorted({minute for found in series.values() for minute in found if minute <= until})
    return [_minute(minute, series) for minute in minutes]


def _minute(at: int, series: dict[str, dict[int, tuple[int, float]]]) -> Minute:
    none = (0, 0.0)
    count, total = series["operation_duration_ms"].get(at, none)
    return Minute(
        at, count, total, series["operation_failures"].get(at, none)[0],
        series["errors"].get(at, none)[0], series["slow_operations"].get(at, none)[0],
    )  # fmt: skip


class Sliding:
    """The sums of the last `span_ms`, moved on minute by minute."""

    def __init__(self, minutes: Sequence[Minute], span_ms: int) -> None:
        self._minutes = minutes
        self._span_ms = span_ms
        self._first = self._next = 0
        self._sums = [0, 0.0, 0, 0, 0]

    def totals(self, now: int) -> Totals:
        while self._next < len(self._minutes) and self._minutes[self._next].at < now:
            self._add(self._minutes[self._next], 1)
            self._next += 1
        while self._first < self._next and self._minutes[self._first].at < now - self._span_ms:
            self._add(self._minutes[self._first], -1)
            self._first += 1
        operations, duration, failures, errors, slow = self._sums
        return Totals(self._span_ms, Bucket(int(operations), duration), int(failures), int(errors), int(slow))

    def _add(self, minute: Minute, sign: int) -> None:
        values = (minute.operations, minute.duration_sum_ms, minute.failures, minute.errors, minute.slow)
        for place, value in enumerate(values):
            self._sums[place] += sign * value


def verdicts(rule: Rule, minutes: Sequence[Minute], spans: Sequence[int]) -> Iterator[tuple[int, Verdict]]:
    """(end of the minute, verdict) from the first recorded minute to the last."""
    if not minutes:
        return
    value = VALUES[rule.type]
    sliding = [Sliding(minutes, span) for span in spans]
    for now in range(minutes[0].at + MINUTE_MS, minutes[-1].at + 2 * MINUTE_MS, MINUTE_MS):
        yield now, evaluate(rule, [value(window.totals(now)) for window in sliding])


def replay(
    rule: Rule,
    minutes: Sequence[Minute],
    spans: Sequence[int],
    *,
    cooldown_ms: int,
    repeat_ms: int,
    for_ms: int = 0,
) -> Result:
    """What would have happened with `rule`; `for_ms`: how long it must be breached before it fires."""
    run = _Run(cooldown_ms, repeat_ms, for_ms)
    last = 0
    for now, verdict in verdicts(rule, minutes, spans):
        run.step(now, verdict)
        last = now
    span_ms = last - minutes[0].at if minutes else 0
    return run.result(last, span_ms)


class _Run:
    """One alert after the other, with what a channel would have been told."""

    def __init__(self, cooldown_ms: int, repeat_ms: int, for_ms: int) -> None:
        self._cooldown_ms, self._repeat_ms, self._for_ms = cooldown_ms, repeat_ms, for_ms
        self._current: Current | None = None
        self._breached_at: int | None = None
        self._fired_at: int | None = None
        self._number = 0
        self._last: Told | None = None
        self._last_page: Told | None = None
        self._pages: list[Page] = []
        self._resolutions = 0
        self._spans: list[tuple[int, int]] = []

    def step(self, now: int, verdict: Verdict) -> None:
        change = alerts.transition(self._current, verdict, now, pending=self._waits(now, verdict))
        if change and change.status == "resolved":
            self._tell(now, Standing(self._number, "resolved", change.severity), verdict)
            self._end(now)
        elif change:
            self._open(now, change.status)
            self._current = Current(change.status, change.severity, verdict.value, None, now)
        if self._current:
            self._tell(now, Standing(self._number, self._current.status, self._current.severity), verdict)

    def result(self, now: int, span_ms: int) -> Result:
        if self._fired_at is not None:
            self._spans.append((self._fired_at, now))
        lasted = [end - start for start, end in self._spans]
        return Result(
            self._pages,
            self._resolutions,
            len(self._spans),
            sum(lasted),
            max(lasted, default=0),
            span_ms,
            self._spans,
        )

    def _waits(self, now: int, verdict: Verdict) -> bool:
        if verdict.outcome is not Outcome.BREACHED:
            self._breached_at = None if verdict.outcome is Outcome.HEALTHY else self._breached_at
            return False
        self._breached_at = self._breached_at if self._breached_at is not None else now
        return now - self._breached_at < self._for_ms

    def _open(self, now: int, status: str) -> None:
        if self._current is None:
            self._number += 1
        if status == "firing" and self._fired_at is None:
            self._fired_at = now

    def _end(self, now: int) -> None:
        if self._fired_at is not None:
            self._spans.append((self._fired_at, now))
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
