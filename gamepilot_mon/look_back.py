"""Look back: what a rule, stored or only thought of, would have seen over the past days, and when it would have paged.

The real rule, lifecycle and paging over what was recorded; nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from gamepilot_mon import backtest, db, minutes, noise_remedy, rhythm
from gamepilot_mon.alerts import Patience
from gamepilot_mon.backtest import Firing, Page
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.minutes import Moment, Seen
from gamepilot_mon.moods import rhythms
from gamepilot_mon.moods.rhythms import Then
from gamepilot_mon.noise_remedy import Judge, Said, Trial
from gamepilot_mon.queries import Query, Watch
from gamepilot_mon.rhythm import Rhythm
from gamepilot_mon.rules import Rule
from gamepilot_mon.runtime_config import RuntimeConfig

MOST_WINDOWS = 40_000  # looked at for one answer, which keeps it within two seconds

Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one target over one window; `labels` are its own."""

    labels: dict[str, str]
    span_ms: int
    points: Points


@dataclass(frozen=True, slots=True)
class Rung:
    """A threshold; that of a rhythm moves, so it is a line too."""

    severity: str
    points: Points


@dataclass(frozen=True, slots=True)
class LookBack:
    """`targets` is how many the rule has, of which the busiest `looked_at` were judged. Epoch ms."""

    since: int
    until: int
    rule: Rule
    lines: list[Line]
    rungs: list[Rung]
    pages: list[Page]
    spans: list[Firing]
    remedy: Trial | None
    targets: int
    looked_at: int

    def pages_at_night(self, zone: ZoneInfo) -> int:
        return sum(page.at_night(zone) for page in self.pages)


def of(watch: Watch, config: RuntimeConfig, since: int, now: int) -> LookBack:
    """From `since` until the last full minute."""
    until = now - now % MINUTE_MS
    since -= since % MINUTE_MS
    if watch.rhythm is not None:
        return _of_rhythm(watch, watch.rhythm, config, since, until)
    seen, targets = _seen(str(db.database.database), watch.query, watch.spans, since, until)
    said = backtest.judged_all(watch.rule, seen)
    judged = _judged(watch.rule, config, said, lambda rule, said: backtest.judged_again(rule, seen, said))
    lines = [
        Line(dict(zip(watch.query.by, target, strict=True)), span, _points(moments, place))
        for target, moments in seen.items()
        for place, span in enumerate(watch.spans)
    ]
    rungs = [Rung(severity, ((since, value), (until, value))) for severity, value in _rungs(watch.rule)]
    return LookBack(since, until, watch.rule, lines, rungs, *judged, targets, len(seen))


@lru_cache(maxsize=2)
def _seen(
    _store: str, query: Query, spans: tuple[int, ...], since: int, until: int
) -> tuple[Seen, int]:  # fmt: skip
    """What was seen of the targets, and how many there are.

    Somebody who tries thresholds asks for the same again and again within a minute: only they change.
    """
    watch = Watch(Rule("", "", "", None, None), query, spans)
    planned = minutes.targets(watch)
    each = _moments(since, until) * len(spans)
    chosen = minutes.busiest(planned, max(1, MOST_WINDOWS // each), since, until)
    recorded = minutes.recorded(watch, since - max(spans), until, chosen)
    seen = minutes.slid(watch, recorded)
    return {target: _from(moments, since) for target, moments in seen.items()}, len(planned)


def _moments(since: int, until: int) -> int:
    single = min(until - since, minutes.KEPT_MS)
    return single // MINUTE_MS + (until - since - single) // minutes.WIDE_MS + 1


def _from(moments: Sequence[Moment], since: int) -> list[Moment]:
    """Those before were read to fill the windows."""
    return [moment for moment in moments if moment[0] >= since]


def _points(moments: Sequence[Moment], place: int) -> Points:
    return [(now, seen[place].value) for now, seen in moments if seen[place].value is not None]  # type: ignore[misc]


def _rungs(rule: Rule) -> list[tuple[str, float]]:
    return rule.rungs or [(pair.severity, pair.factor) for pair in rule.pairs]


def _judged(
    rule: Rule, config: RuntimeConfig, said: Said, judge: Judge
) -> tuple[list[Page], list[Firing], Trial | None]:  # fmt: skip
    result = backtest.result(
        said, Patience.of(rule), 0, cooldown_ms=config.cooldown_ms, repeat_ms=config.repeat_interval_ms
    )
    trials = list(noise_remedy.tried(config, rule, said, judge))
    return result.pages, result.spans, noise_remedy.best(trials)


def _of_rhythm(watch: Watch, wanted: Rhythm, config: RuntimeConfig, since: int, until: int) -> LookBack:
    then = rhythms.past(wanted, since, until)
    judge: Judge = lambda rule, _: {(): rhythms.verdicts(rule, wanted, then)}  # noqa: E731
    judged = _judged(watch.rule, config, judge(watch.rule, {}), judge)
    line = Line({}, wanted.span_ms, [(one.at, float(one.count)) for one in then])
    rungs = [
        Rung(severity, points)
        for severity in ("critical", "warning")
        if (points := _moving(watch.rule, wanted, then, severity))
    ]
    rule = replace(watch.rule, unit="count")
    return LookBack(since, until, rule, [line], rungs, *judged, 1, 1)


def _moving(rule: Rule, wanted: Rhythm, then: Sequence[Then], severity: str) -> Points:
    counted = [
        (one.at, dict(rhythm.judged(rule, wanted, one.count, one.usual)[0].rungs))
        for one in then
        if one.usual
    ]
    return [(at, rungs[severity]) for at, rungs in counted if severity in rungs]
