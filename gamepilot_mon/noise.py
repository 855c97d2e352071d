"""Noise: for each rule how often it paged, and how much of that nobody needed.

A page is a message that arrived, other than an end; somebody who reads one channel got those of the channel with the
most. Pages belong to the days in which their alert started.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import peewee

from gamepilot_mon import alert_history, flapping
from gamepilot_mon.alert_analytics import STEP_MS, on_the_wall
from gamepilot_mon.alert_history import Span
from gamepilot_mon.backtest import DAYTIME
from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.models.notification import SENT

SHORT_MS = 5 * MINUTE_MS

Paged = Mapping[int, int]  # {start of a quarter of an hour: pages}


@dataclass(frozen=True, slots=True)
class Noise:
    """One rule's. `short`: ended by itself within five minutes; `unowned`: nobody ever acknowledged it."""

    type: str
    pages: int
    messages: int  # over all channels
    at_night: int  # of `pages`, between 22 and 7
    alerts: int
    short: int
    unowned: int
    flaps: int

    def document(self) -> dict[str, Any]:
        return {
            "type": self.type, "pages": self.pages, "messages": self.messages, "pagesAtNight": self.at_night,
            "alerts": self.alerts, "endedAloneWithin5m": self.short, "endedAloneWithin5mShare": self._share(self.short),
            "neverAcknowledged": self.unowned, "neverAcknowledgedShare": self._share(self.unowned),
            "flaps": self.flaps,
        }  # fmt: skip

    def _share(self, part: int) -> float | None:
        return round(part / self.alerts, 4) if self.alerts else None


def by_rule(span: Span, zone: ZoneInfo) -> list[Noise]:
    """The noisiest first."""
    paged, flaps = pages(span), _flaps(span)
    found = [
        _noise(type_, paged.get(type_, {}), figures, flaps[type_], zone)
        for type_, figures in _figures(span).items()
    ]
    return sorted(found, key=lambda noise: (-noise.pages, -noise.alerts, noise.type))


def _noise(
    type_: str, paged: Mapping[str, Paged], figures: tuple[int, int, int], flaps: int, zone: ZoneInfo
) -> Noise:
    loudest = max(paged.values(), key=lambda one: sum(one.values()), default={})
    hours, _ = on_the_wall(loudest, zone)
    night = sum(number for hour, number in hours.items() if hour not in DAYTIME)
    messages = sum(sum(one.values()) for one in paged.values())
    return Noise(type_, sum(loudest.values()), messages, night, *figures, flaps)


def was_page(span: Span) -> peewee.Expression:
    """Notifications, joined with their alert, that arrived and were no end."""
    arrived: peewee.Expression = (Notification.state == SENT) & (Notification.change != "resolved")
    return arrived & _of_rules(span)


def _of_rules(span: Span) -> peewee.Expression:
    """What people and programs raise themselves is no rule's noise."""
    return alert_history.fired(span) & (Alert.origin == "rule")


def pages(span: Span) -> dict[str, dict[str, dict[int, int]]]:
    """{type: {channel: {start of a quarter of an hour: pages}}}."""
    step = Notification.created_at / STEP_MS
    rows: Any = (
        Notification.select(Alert.type, Notification.channel, step, peewee.fn.COUNT(Notification.id))
        .join(Alert, on=(Alert.id == Notification.alert_id))
        .where(was_page(span))
        .group_by(Alert.type, Notification.channel, step)
    )
    found: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for type_, channel, start, number in rows.tuples():
        found[type_][channel][int(start) * STEP_MS] = number
    return found


def _figures(span: Span) -> dict[str, tuple[int, int, int]]:
    """{type: (alerts, ended alone within five minutes, never acknowledged)}."""
    unowned = Alert.acknowledged_at.is_null()
    short = unowned & (Alert.ended_at - Alert.fired_at <= SHORT_MS)
    rows: Any = (
        Alert.select(Alert.type, peewee.fn.COUNT(Alert.id), _times(short), _times(unowned))
        .where(_of_rules(span))
        .group_by(Alert.type)
    )
    return {type_: (alerts, short, unowned) for type_, alerts, short, unowned in rows.tuples()}


def _times(condition: peewee.Expression) -> Any:
    return peewee.fn.SUM(peewee.Case(None, [(condition, 1)], 0))


def _flaps(span: Span) -> Counter[str]:
    found: Counter[str] = Counter()
    for _, type_, moments in alert_history.transitions_of_restless(span):
        found[type_] += sum(1 for _ in flapping.spells(moments))
    return found
