"""The noise report: the rules by their noise, and for the noisiest a remedy that was tried on the past."""

from typing import Any
from zoneinfo import ZoneInfo

from gamepilot_mon import backtest, measures, noise, noise_remedy, runtime_config
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, iso
from gamepilot_mon.settings import Settings


def report(settings: Settings, days: int, zone: ZoneInfo, now: int) -> dict[str, Any]:
    span = Span(now + 1 - days * DAY_MS, now + 1)
    found = noise.by_rule(span, zone)
    return {
        "from": iso(span.since), "to": iso(now), "zone": zone.key,
        "rules": [one.document() for one in found],
        "suggestion": _suggestion(settings, found[0].type, span, now) if found and found[0].pages else None,
    }  # fmt: skip


def _suggestion(settings: Settings, type_: str, span: Span, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    watch = backtest.watch_of(type_, config, (settings.window_fast_ms, settings.window_slow_ms))
    if watch is not None and watch.rhythm is not None:
        watch = None  # what is tried is tried on figures
    remedy = noise_remedy.find(config, type_, watch, span, now)
    return noise_remedy.document(remedy, watch.rule if watch else measures.rules(config).get(type_))
