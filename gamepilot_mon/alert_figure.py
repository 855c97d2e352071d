"""The figure of an alert: what its rule looks at, minute by minute, from before it fired until it was over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gamepilot_mon import backtest, minutes, queries, runtime_config
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.minutes import Minute
from gamepilot_mon.models import Alert
from gamepilot_mon.queries import Watch
from gamepilot_mon.rules import Rule
from gamepilot_mon.settings import Settings

BEFORE_MS = 30 * MINUTE_MS
AFTER_MS = 10 * MINUTE_MS
LONGEST_MS = 180 * MINUTE_MS  # of what is drawn after it fired


@dataclass(frozen=True, slots=True)
class Figure:
    """`points` are (epoch ms, value), None where nothing was measured."""

    rule: Rule
    since: int
    until: int
    points: list[tuple[int, float | None]]


def of(settings: Settings, alert: Alert, now: int) -> Figure | None:
    """None for alerts about single facts and rhythms, and where nothing of that time is kept."""
    config = runtime_config.current(settings).config
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    watch = backtest.watch_of(alert.type, config, spans) if alert.origin == "rule" else None
    if watch is None or watch.rhythm is not None:
        return None
    since, until = _span(alert, now)
    target = tuple(alert.labels.get(name, "") for name in watch.query.by)
    seen = minutes.recorded(watch, since, until).get(target, [])
    points = list(_points(watch, seen))
    if not any(value is not None for _, value in points):
        return None
    return Figure(watch.rule, since, until, points)


def _points(watch: Watch, seen: Sequence[Minute]) -> Iterator[tuple[int, float | None]]:
    end = None
    for one in seen:
        if end is not None and one.at > end:
            yield end, None  # a gap
        yield one.at, queries.window(watch.query, one.found, one.width_ms).value
        end = one.end


def _span(alert: Alert, now: int) -> tuple[int, int]:
    fired_at = alert.started_at if alert.fired_at is None else alert.fired_at
    over = now if alert.ended_at is None else alert.ended_at + AFTER_MS
    since = fired_at - BEFORE_MS
    return since - since % MINUTE_MS, min(now, over, fired_at + LONGEST_MS)
