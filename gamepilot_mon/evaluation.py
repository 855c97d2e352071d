"""Evaluation: every rule on every target now, and one write for what follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from gamepilot_mon import alerts, db, destinations, outbox, runtime_config
from gamepilot_mon.alerts import Change
from gamepilot_mon.measures import Subject, subjects
from gamepilot_mon.models import Alert
from gamepilot_mon.rules import Outcome, Verdict
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings

# A custom alert that nobody closes or renews ends by itself after this time.
CUSTOM_ENDS_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Decision:
    """One alert that must change."""

    fingerprint: str
    subject: Subject
    change: Change


def evaluate(settings: Settings, now: int) -> int | None:
    """Judge, then write once. Returns when to look again at the latest because of what is held back."""
    config = runtime_config.current(settings).config
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    judged = {alerts.fingerprint(s.rule.type, s.labels): s for s in subjects(config, spans, now)}
    open_alerts = {alert.fingerprint: alert for alert in Alert.open()}
    decisions = _decide(judged, open_alerts, now)
    gone = [a for key, a in open_alerts.items() if key not in judged and _ended(a, now)]
    told = outbox.told(open_alerts.values())
    held = [_owing(config, alert, told, now) for alert in open_alerts.values()]
    if decisions or gone or any(owed for owed, _ in held):
        with db.write():
            return _write(settings, config, decisions, gone, now)
    return _earliest(hold for _, hold in held)


def _decide(judged: dict[str, Subject], open_alerts: dict[str, Alert], now: int) -> list[Decision]:
    decisions = []
    for key, subject in judged.items():
        current = alerts.current_of(open_alerts.get(key))
        change = alerts.transition(current, subject.verdict, now, pending=subject.pending)
        if change:
            decisions.append(Decision(key, subject, change))
    return decisions


def _ended(alert: Alert, now: int) -> bool:
    """A rule's alert whose target is gone from the window, or a custom one that nobody renewed."""
    return alert.origin == "rule" or now - alert.changed_at >= CUSTOM_ENDS_MS


def _write(
    settings: Settings, config: RuntimeConfig, decisions: list[Decision], gone: list[Alert], now: int
) -> int | None:
    changed = [alert for decision in decisions if (alert := _apply(decision, now))]
    changed += [_end(alert, now) for alert in gone]
    ids = {alert.id for alert in changed}
    rest = [alert for alert in Alert.open() if alert.id not in ids]
    told = outbox.told(changed + rest)
    return _earliest([_notify(settings, config, alert, told, now) for alert in changed + rest])


def _earliest(holds: Iterable[int | None]) -> int | None:
    return min((hold for hold in holds if hold is not None), default=None)


def _apply(decision: Decision, now: int) -> Alert | None:
    # People change alerts too: decide again on the row as it is under the write lock.
    row = Alert.open_for(decision.fingerprint)
    subject = decision.subject
    change = alerts.transition(alerts.current_of(row), subject.verdict, now, pending=subject.pending)
    if change is None:
        return None
    return alerts.apply(row, change, subject.verdict, subject.rule.type, subject.labels, now)


def _end(alert: Alert, now: int) -> Alert:
    if alert.origin == "custom":
        alerts.close(alert, now)
        return alert
    verdict = Verdict(
        Outcome.HEALTHY, f"nothing of it in the window any more: {alert.message}"[:1000], value=0.0
    )
    change = alerts.transition(alerts.current_of(alert), verdict, now)
    return alerts.apply(alert, change, verdict, alert.type, alert.labels, now) if change else alert


def notify(settings: Settings, config: RuntimeConfig, alert: Alert, now: int) -> int | None:
    """Put into the outbox what `alert` owes, inside the caller's write(); returns when to ask again."""
    return _notify(settings, config, alert, outbox.told([alert]), now)


def _notify(
    settings: Settings, config: RuntimeConfig, alert: Alert, told: outbox.Told, now: int
) -> int | None:
    owed, hold = _owing(config, alert, told, now)
    outbox.enqueue(alert, owed, now, settings.public_url)
    return hold


def _owing(
    config: RuntimeConfig, alert: Alert, told: outbox.Told, now: int
) -> tuple[list[tuple[str, str]], int | None]:
    channels = destinations.enabled(config)
    return outbox.owing(alert, told, channels, config.cooldown_ms, config.repeat_interval_ms, now)
