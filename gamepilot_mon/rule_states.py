"""The states of rules: what each says now, and what came of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import measures
from gamepilot_mon.measures import Subject
from gamepilot_mon.models import Alert
from gamepilot_mon.queries import Watch
from gamepilot_mon.rules import LOUDEST, RANK, Outcome, Verdict, quantity
from gamepilot_mon.runtime_config import RuntimeConfig


@dataclass(frozen=True, slots=True)
class State:
    """`word` is firing, pending, healthy, unknown or off; `verdict` that of the target that is worst off."""

    word: str
    severity: str | None
    verdict: Verdict | None
    value: str | None
    targets: int
    open_alerts: int
    last_fired: int | None


def open_alerts() -> dict[str, list[Alert]]:
    """By type, those that a rule raised."""
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in Alert.select().where(Alert.ended_at.is_null() & (Alert.origin == "rule")):
        found[alert.type].append(alert)
    return found


def of(
    names: Collection[str], config: RuntimeConfig, spans: Sequence[int], stored: Sequence[Watch], now: int
) -> dict[str, State]:
    """Of the rules with these names; `stored` are the watches of those among them that are people's own and enabled."""
    judged: dict[str, list[Subject]] = defaultdict(list)
    for subject in measures.subjects(config, spans, now, stored):
        judged[subject.rule.type].append(subject)
    alerts, fired = open_alerts(), last_fired(names)
    enabled = {*measures.BUILT_IN, *(watch.rule.type for watch in stored)}
    return {
        name: _state(name in enabled, judged.get(name, []), alerts.get(name, []), fired.get(name))
        for name in names
    }


def _state(is_enabled: bool, judged: list[Subject], alerts: Sequence[Alert], fired: int | None) -> State:
    loudest = min(judged, key=_loudness, default=None)
    verdict = loudest.verdict if loudest else None
    firing = [alert for alert in alerts if alert.status != "pending"]
    severity = max((alert.severity for alert in firing), key=RANK.__getitem__, default=None)
    value = (
        quantity(loudest.rule.unit, verdict.value)
        if loudest and verdict and verdict.value is not None
        else None
    )
    word = "firing" if firing else _word(is_enabled, verdict, alerts)
    return State(word, severity, verdict, value, len(judged), len(firing), fired)


def _loudness(subject: Subject) -> tuple[int, int]:
    verdict = subject.verdict
    return LOUDEST.index(verdict.outcome), -RANK[verdict.severity or "info"]


def _word(is_enabled: bool, verdict: Verdict | None, pending: Sequence[Alert]) -> str:
    if not is_enabled:
        return "off"
    if pending or (verdict and verdict.outcome is Outcome.BREACHED):
        return "pending"
    return "unknown" if verdict is None or verdict.outcome is Outcome.NO_DATA else "healthy"


def last_fired(names: Iterable[str]) -> dict[str, int]:
    newest = peewee.fn.MAX(Alert.fired_at)
    rows: Any = (
        Alert.select(Alert.type, newest)
        .where(Alert.type.in_(list(names)) & Alert.fired_at.is_null(False) & (Alert.origin == "rule"))
        .group_by(Alert.type)
    )
    return dict(rows.tuples())
