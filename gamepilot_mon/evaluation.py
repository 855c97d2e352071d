"""Evaluation: every rule on every target now, and one write for what follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from gamepilot_mon import alerts, db, destinations, lifted, outbox, paging, runtime_config
from gamepilot_mon.alerts import Change
from gamepilot_mon.measures import Subject, subjects
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.models.notification import DEAD
from gamepilot_mon.mutes import Muted
from gamepilot_mon.muting import Muting
from gamepilot_mon.rules import Outcome, Verdict
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings

# A custom alert that nobody closes or renews ends by itself after this time.
CUSTOM_ENDS_MS = 24 * 3_600_000

# For so long an end that a channel refused is offered to it again.
END_OWED_MS = 24 * 3_600_000

# The type of an alert about a channel that lost messages; it is told by the other channels.
DELIVERY_FAILED = "delivery_failed"


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
    lapsed = [alert for alert in open_alerts.values() if _lapsed(alert, now)]
    asked = [*open_alerts.values(), *_refused_ends(now)]
    ledger = Ledger.of(asked, config, now)
    held = [ledger.owing(alert, now) for alert in asked]
    if decisions or gone or lapsed or any(owed for owed, _ in held) or lifted.since(now):
        with db.write():
            return _write(settings, config, decisions, gone, lapsed, now)
    return _earliest([*(hold for _, hold in held), *_lapses(open_alerts.values())])


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


def _lapsed(alert: Alert, now: int) -> bool:
    """Acknowledged until a moment that has passed."""
    until = alert.acknowledged_until
    return alert.status == "acknowledged" and until is not None and until <= now


def _refused_ends(now: int) -> list[Alert]:
    """Alerts that are over, and whose end was given up: whoever heard of the start is still owed it."""
    given_up = Notification.select(Notification.alert_id).where(
        (Notification.state == DEAD)
        & (Notification.change == "resolved")
        & (Notification.settled_at > now - END_OWED_MS)
    )
    return list(Alert.select().where(Alert.id.in_(given_up) & (Alert.ended_at > now - END_OWED_MS)))


def _lapses(of_alerts: Iterable[Alert]) -> list[int | None]:
    return [alert.acknowledged_until for alert in of_alerts if alert.status == "acknowledged"]


def _write(
    settings: Settings, config: RuntimeConfig, decisions: list[Decision], gone: list[Alert],
    lapsed: list[Alert], now: int,
) -> int | None:  # fmt: skip
    for stale in lapsed:
        row = Alert.open_for(stale.fingerprint)
        if row and _lapsed(row, now):
            alerts.unacknowledge(row, now)
    applied = [_apply(decision, settings.incident_gap_ms, now) for decision in decisions]
    changed = [alert for alert in applied if alert]
    changed += [ended for alert in gone if (ended := _end(alert, now))]
    ids = {alert.id for alert in changed}
    rest = [alert for alert in (*Alert.open(), *_refused_ends(now)) if alert.id not in ids]
    ledger = Ledger.of([*changed, *rest], config, now)
    over = lifted.take([*changed, *rest], now)
    holds = [_notify(settings, alert, ledger, now, over.cause_for(alert)) for alert in changed + rest]
    return _earliest([*holds, *_lapses(alert for alert in changed + rest if alert.ended_at is None)])


def _earliest(holds: Iterable[int | None]) -> int | None:
    return min((hold for hold in holds if hold is not None), default=None)


def _apply(decision: Decision, gap_ms: int, now: int) -> Alert | None:
    # People change alerts too: decide again on the row as it is under the write lock.
    row = Alert.open_for(decision.fingerprint)
    subject = decision.subject
    change = alerts.transition(alerts.current_of(row), subject.verdict, now, pending=subject.pending)
    if change is None:
        return None
    return alerts.apply(row, change, subject.verdict, subject.rule.type, subject.labels, now, gap_ms)


def _end(stale: Alert, now: int) -> Alert | None:
    # As above: it may have been renewed, acknowledged or closed since it was read.
    alert = Alert.open_for(stale.fingerprint)
    if alert is None or not _ended(alert, now):
        return None
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
    return _notify(settings, alert, Ledger.of([alert], config, now), now)


def _notify(
    settings: Settings, alert: Alert, ledger: "Ledger", now: int, cause: str | None = None
) -> int | None:
    owed, hold = ledger.owing(alert, now)
    outbox.enqueue(alert, owed, now, settings.public_url, ledger.note(alert, now) if owed else None, cause)
    return hold


@dataclass(frozen=True, slots=True)
class Ledger:
    """What decides who is owed what, read once for many alerts."""

    config: RuntimeConfig
    channels: list[str]
    told: outbox.Told
    muting: Muting

    @classmethod
    def of(cls, of_alerts: Iterable[Alert], config: RuntimeConfig, now: int) -> "Ledger":
        known = list(of_alerts)
        told = outbox.told(known, runtime_config.changed_at())
        return cls(config, destinations.enabled(config), told, Muting.of(known, now))

    def owing(self, alert: Alert, now: int) -> tuple[list[tuple[str, str]], int | None]:
        """[(channel, change)] owed now, and when to ask again."""
        return outbox.owing(alert, self.told, self._listening(alert), *self._terms(alert, now))

    def decisions(self, alert: Alert, now: int) -> dict[str, paging.Send | paging.Hold]:
        """For each channel what it is owed now, or why it is not."""
        found = outbox.decisions(alert, self.told, self._listening(alert), *self._terms(alert, now))
        return {
            name: found.get(name, paging.Hold("the alert is about this channel")) for name in self.channels
        }

    def _listening(self, alert: Alert) -> list[str]:
        about = alert.labels.get("channel") if alert.type == DELIVERY_FAILED else None
        return [name for name in self.channels if name != about]

    def note(self, alert: Alert, now: int) -> str | None:
        """What a message that goes out although the alert is muted says about that."""
        muted = self.muting.muted(alert, now)
        return muted.reason if muted and muted.since is not None else None

    def _terms(self, alert: Alert, now: int) -> tuple[int, int, int, Muted | None]:
        muted = self.muting.muted(alert, now)
        return self.config.cooldown_ms, self.config.repeat_interval_ms, now, muted
