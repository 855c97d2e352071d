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

from gamepilot_mon import alerts, measures, minutes, paging, stored_rules
from gamepilot_mon.alerts import Current, Patience
from gamepilot_mon.clock import iso
from gamepilot_mon.minutes import Moment, Recorded, Seen
from gamepilot_mon.moods import rhythms
from gamepilot_mon.paging import Send, Standing, Told
from gamepilot_mon.queries import Watch
from gamepilot_mon.rules import Outcome, Rule, Verdict, evaluate
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.windows import Target

DAYTIME = range(7, 22)

Verdicts = Sequence[tuple[int, Verdict]]


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
        recorded = minutes.recorded(watch, since, until)
        return replay(watch, recorded, cooldown_ms=cooldown_ms, repeat_ms=repeat_ms)
    said = rhythms.verdicts(watch.rule, watch.rhythm, rhythms.past(watch.rhythm, since, until))
    span_ms = said[-1][0] - said[0][0] if said else 0
    patience = Patience.of(watch.rule)
    return result({(): said}, patience, span_ms, cooldown_ms=cooldown_ms, repeat_ms=repeat_ms)


def judged(rule: Rule, moments: Iterable[Moment]) -> Verdicts:
    """What the rule says at each moment."""
    return [(now, evaluate(rule, seen)) for now, seen in moments]


def judged_all(rule: Rule, seen: Seen) -> dict[Target, Verdicts]:
    return {target: judged(rule, moments) for target, moments in seen.items()}


def judged_again(milder: Rule, seen: Seen, said: Mapping[Target, Verdicts]) -> dict[Target, Verdicts]:
    """What a milder rule says: only where the first was breached can it be breached."""
    return {
        target: [
            (now, evaluate(milder, windows)) if verdict.outcome is Outcome.BREACHED else (now, verdict)
            for (now, windows), (_, verdict) in zip(seen[target], verdicts, strict=True)
        ]
        for target, verdicts in said.items()
    }


def replay(watch: Watch, recorded: Recorded, *, cooldown_ms: int, repeat_ms: int) -> Result:
    """What would have happened with `watch` on each of its targets."""
    said = judged_all(watch.rule, minutes.slid(watch, recorded))
    ends = [verdicts[-1][0] for verdicts in said.values()]
    since = min((found[0].at for found in recorded.values() if found), default=0)
    span_ms = max(ends) - since if ends else 0
    return result(said, Patience.of(watch.rule), span_ms, cooldown_ms=cooldown_ms, repeat_ms=repeat_ms)


def result(
    said: Mapping[Target, Verdicts], patience: Patience, span_ms: int, *, cooldown_ms: int, repeat_ms: int
) -> Result:
    """What follows from these verdicts, target by target."""
    runs = [
        _run(target, verdicts, patience, cooldown_ms, repeat_ms)
        for target, verdicts in said.items()
        if verdicts
    ]
    spans = [span for run in runs for span in run.spans]
    lasted = [span.until - span.since for span in spans]
    return Result(
        sorted((page for run in runs for page in run.pages), key=lambda page: page.at),
        sum(run.resolutions for run in runs), len(spans), sum(lasted), max(lasted, default=0), span_ms, spans,
    )  # fmt: skip


def _run(target: Target, verdicts: Verdicts, patience: Patience, cooldown_ms: int, repeat_ms: int) -> "_Run":
    run = _Run(target, cooldown_ms, repeat_ms, patience)
    for now, verdict in verdicts:
        run.step(now, verdict)
    run.close(verdicts[-1][0])
    return run


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
        self.pages: list[Page] = []
        self.resolutions = 0
        self.spans: list[Firing] = []

    def step(self, now: int, verdict: Verdict) -> None:
        if self._current is None and verdict.outcome is not Outcome.BREACHED:
            return  # by far the most moments
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

    def close(self, now: int) -> None:
        """What fires still has fired until `now`."""
        if self._fired_at is not None:
            self.spans.append(Firing(self._target, self._fired_at, now))

    def _open(self, now: int, status: str) -> None:
        if self._current is None:
            self._number += 1
        if status == "firing" and self._fired_at is None:
            self._fired_at = now

    def _end(self, now: int) -> None:
        if self._fired_at is not None:
            self.spans.append(Firing(self._target, self._fired_at, now))
        self._current = self._fired_at = None

    def _tell(self, now: int, standing: Standing, verdict: Verdict) -> None:
        decision = paging.owed(standing, self._last, self._last_page, now, self._cooldown_ms, self._repeat_ms)
        if not isinstance(decision, Send):
            return
        self._last = Told(standing.alert_id, decision.change, standing.severity, now)
        if decision.change == "resolved":
            self.resolutions += 1
            return
        self._last_page = self._last
        self.pages.append(Page(now, decision.change, standing.severity, verdict.message))
