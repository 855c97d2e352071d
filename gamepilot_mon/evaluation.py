"""Evaluation: every rule on every target now, and one write for what follows from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gamepilot_mon import alerts, db, destinations, outbox, paging, runtime_config, stored_rules
from gamepilot_mon.alerts import Change, Patience
from gamepilot_mon.measures import BUILT_IN, Subject, subjects
from gamepilot_mon.models import Alert
from gamepilot_mon.mutes import Muted
from gamepilot_mon.muting import Muting
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
    """Judge, then write once. Returns when to look again at the latest because of what is held back or waits."""
    config = runtime_config.current(settings).config
    judged = judge(settings, config, now)
    open_alerts = {alert.fingerprint: alert for alert in Alert.open()}
    decisions = _decide(judged, open_alerts, now)
    kept = {watch.rule.type for watch in stored_rules.watches() if watch.rule.no_data == "keep"}
    gone = [a for key, a in open_alerts.items() if key not in judged and _ended(a, kept, now)]
    lapsed = [alert for alert in open_alerts.values() if _lapsed(alert, now)]
    ledger = Ledger.of(open_alerts.values(), config, now)
    held = [ledger.owing(alert, now) for alert in open_alerts.values()]
    if decisions or gone or lapsed or any(owed for owed, _ in held):
        with db.write():
            holds = _write(settings, config, decisions, gone, kept, lapsed, now)
            open_alerts = {alert.fingerprint: alert for alert in Alert.open()}
    else:
        holds = [hold for _, hold in held]
    return _earliest([*holds, *_lapses(open_alerts.values()), *_waits(judged, open_alerts)])


def judge(settings: Settings, config: RuntimeConfig, now: int) -> dict[str, Subject]:
    """Every rule on every target now, by fingerprint."""
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    found = subjects(config, spans, now, stored_rules.watches())
    return {alerts.fingerprint(subject.rule.type, subject.target): subject for subject in found}


def _decide(judged: dict[str, Subject], open_alerts: dict[str, Alert], now: int) -> list[Decision]:
    decisions = []
    for key, subject in judged.items():
        change = _transition(open_alerts.get(key), subject, now)
        if change:
            decisions.append(Decision(key, subject, change))
    return decisions


def _transition(row: Alert | None, subject: Subject, now: int) -> Change | None:
    patience = Patience.of(subject.rule)
    current = alerts.current_of(row)
    return alerts.transition(current, subject.verdict, now, pending=subject.pending, patience=patience)


def _waits(judged: dict[str, Subject], open_alerts: dict[str, Alert]) -> Iterator[int | None]:
    """When each alert that waits has waited long enough."""
    for key, row in open_alerts.items():
        current = alerts.current_of(row)
        if current and key in judged:
            yield alerts.due(current, Patience.of(judged[key].rule))


def _ended(alert: Alert, kept: set[str], now: int) -> bool:
    """A rule's alert whose target is gone (and the rule does not keep it), or a custom one that nobody renewed."""
    if alert.origin == "custom":
        return now - alert.changed_at >= CUSTOM_ENDS_MS
    return alert.type not in kept or alert.status == "pending"


def _lapsed(alert: Alert, now: int) -> bool:
    """Acknowledged until a moment that has passed."""
    until = alert.acknowledged_until
    return alert.status == "acknowledged" and until is not None and until <= now


def _lapses(of_alerts: Iterable[Alert]) -> list[int | None]:
    return [alert.acknowledged_until for alert in of_alerts if alert.status == "acknowledged"]


def _write(
    settings: Settings, config: RuntimeConfig, decisions: list[Decision], gone: list[Alert], kept: set[str],
    lapsed: list[Alert], now: int,
) -> list[int | None]:  # fmt: skip
    """Returns when to ask again what is held back."""
    for stale in lapsed:
        row = Alert.open_for(stale.fingerprint)
        if row and _lapsed(row, now):
            alerts.unacknowledge(row, now)
    applied = [_apply(decision, now) for decision in decisions]
    changed = [alert for alert in applied if alert]
    changed += [ended for alert in gone if (ended := _end(alert, kept, now))]
    ids = {alert.id for alert in changed}
    rest = [alert for alert in Alert.open() if alert.id not in ids]
    ledger = Ledger.of([*changed, *rest], config, now)
    return [_notify(settings, alert, ledger, now) for alert in changed + rest]


def _earliest(holds: Iterable[int | None]) -> int | None:
    return min((hold for hold in holds if hold is not None), default=None)


def _apply(decision: Decision, now: int) -> Alert | None:
    # People change alerts too: decide again on the row as it is under the write lock.
    row = Alert.open_for(decision.fingerprint)
    subject = decision.subject
    change = _transition(row, subject, now)
    if change is None:
        return None
    verdict, rule = subject.verdict, subject.rule
    return alerts.apply(row, change, verdict, rule.type, subject.target, now, subject.labels)


def _end(stale: Alert, kept: set[str], now: int) -> Alert | None:
    # As above: it may have been renewed, acknowledged or closed since it was read.
    alert = Alert.open_for(stale.fingerprint)
    if alert is None or not _ended(alert, kept, now):
        return None
    if alert.origin == "custom":
        alerts.close(alert, now)
        return alert
    why = "nothing of it in the window any more" if _known(alert.type) else "its rule is gone"
    verdict = Verdict(Outcome.HEALTHY, f"{why}: {alert.message}"[:1000], value=0.0)
    change = alerts.transition(alerts.current_of(alert), verdict, now)
    return alerts.apply(alert, change, verdict, alert.type, alert.labels, now) if change else alert


def _known(type_: str) -> bool:
    return type_ in BUILT_IN or any(watch.rule.type == type_ for watch in stored_rules.watches())


def notify(settings: Settings, config: RuntimeConfig, alert: Alert, now: int) -> int | None:
    """Put into the outbox what `alert` owes, inside the caller's write(); returns when to ask again."""
    return _notify(settings, alert, Ledger.of([alert], config, now), now)


def _notify(settings: Settings, alert: Alert, ledger: "Ledger", now: int) -> int | None:
    owed, hold = ledger.owing(alert, now)
    outbox.enqueue(alert, owed, now, settings.public_url, ledger.note(alert, now) if owed else None)
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
        return outbox.owing(alert, self.told, self.channels, *self._terms(alert, now))

    def decisions(self, alert: Alert, now: int) -> dict[str, paging.Send | paging.Hold]:
        """For each channel what it is owed now, or why it is not."""
        return outbox.decisions(alert, self.told, self.channels, *self._terms(alert, now))

    def note(self, alert: Alert, now: int) -> str | None:
        """What a message that goes out although the alert is muted says about that."""
        muted = self.muting.muted(alert, now)
        return muted.reason if muted and muted.since is not None else None

    def _terms(self, alert: Alert, now: int) -> tuple[int, int, int, Muted | None]:
        muted = self.muting.muted(alert, now)
        return self.config.cooldown_ms, self.config.repeat_interval_ms, now, muted
