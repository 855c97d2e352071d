"""Evaluation: every rule on every target now, and one write for what follows from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gamepilot_mon import alerts, db, lifted, runtime_config, stored_rules
from gamepilot_mon.alerts import Change, Patience
from gamepilot_mon.measures import BUILT_IN, Subject, subjects
from gamepilot_mon.models import Alert, Check, Notification
from gamepilot_mon.models.notification import DEAD
from gamepilot_mon.mutes import Span
from gamepilot_mon.owing import Ledger, earliest, notify_all
from gamepilot_mon.rules import Outcome, Verdict
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings

# A custom alert that nobody closes or renews ends by itself after this time.
CUSTOM_ENDS_MS = 24 * 3_600_000

# For so long an end that a channel refused is offered to it again.
END_OWED_MS = 24 * 3_600_000

# So many alerts are changed in one write, so that in a storm nobody else waits for the store for long.
PIECE = 200
CHUNK = 500  # ids a query


@dataclass(frozen=True, slots=True)
class Decision:
    """One alert that must change."""

    fingerprint: str
    subject: Subject
    change: Change


@dataclass(frozen=True, slots=True)
class Work:
    """What a write has to do. `parents`: by the name of a check, the one that it depends on. `kept`: the rules
    whose alerts stay without data."""

    decisions: Sequence[Decision]
    gone: Sequence[Alert]
    kept: frozenset[str]
    lapsed: Sequence[Alert]
    owed: Sequence[int]  # alerts that owe a message as they are
    parents: Mapping[str, str]

    def pieces(self, size: int) -> Iterator["Work"]:
        """The same in writes of about `size` alerts each; what others stand behind comes first."""
        behind = set(self.parents.values())
        decisions = sorted(self.decisions, key=lambda d: d.subject.target.get("check") not in behind)
        longest = max(len(decisions), len(self.gone), len(self.lapsed), len(self.owed))
        for start in range(0, longest, size):
            part = slice(start, start + size)
            yield Work(
                decisions[part], self.gone[part], self.kept, self.lapsed[part], self.owed[part], self.parents
            )  # fmt: skip


def evaluate(settings: Settings, now: int) -> int | None:
    """Judge, then write. Returns when to look again at the latest because of what is held back or waits.

    An alert, its feed item and its notifications are one write. Whoever dies between two of them judges again.
    """
    config = runtime_config.current(settings).config
    judged = judge(settings, config, now)
    open_alerts = {alert.fingerprint: alert for alert in Alert.open()}
    decisions = _decide(judged, open_alerts, now)
    kept = frozenset(watch.rule.type for watch in stored_rules.watches() if watch.rule.no_data == "keep")
    gone = [a for key, a in open_alerts.items() if key not in judged and _ended(a, kept, now)]
    lapsed = [alert for alert in open_alerts.values() if _lapsed(alert, now)]
    asked = [*open_alerts.values(), *_refused_ends(now)]
    ledger = Ledger.of(asked, config, now)
    held = {alert.id: ledger.owing(alert, now) for alert in asked}
    owed = [alert_id for alert_id, (messages, _) in held.items() if messages]
    work = Work(decisions, gone, kept, lapsed, owed, _parents(decisions, gone))
    touched = {*owed, *(alert.id for alert in (*gone, *lapsed, *_decided(decisions, open_alerts)))}
    holds = [hold for alert_id, (_, hold) in held.items() if alert_id not in touched]
    holds += _lapses(alert for alert in open_alerts.values() if alert.id not in touched)
    holds += _write_all(settings, work, now)
    return earliest([*holds, *_waits(judged)])


def judge(settings: Settings, config: RuntimeConfig, now: int) -> dict[str, Subject]:
    """Every rule on every target now, by fingerprint."""
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    found = subjects(config, spans, now, stored_rules.watches())
    return {alerts.fingerprint(subject.rule.type, subject.target): subject for subject in found}


def _write_all(settings: Settings, work: Work, now: int) -> list[int | None]:
    # What a silence held back is told in one digest, so it is written at once.
    lifts = bool(lifted.since(now))
    holds: list[int | None] = []
    for piece in [work] if lifts else work.pieces(PIECE):
        with db.write():
            holds += _write(settings, piece, now)
    return holds


def _parents(decisions: Sequence[Decision], gone: Sequence[Alert]) -> Mapping[str, str]:
    types = {*(decision.subject.rule.type for decision in decisions), *(alert.type for alert in gone)}
    return Check.parents() if "system_down" in types else {}


def _decided(decisions: Sequence[Decision], open_alerts: Mapping[str, Alert]) -> list[Alert]:
    return [open_alerts[d.fingerprint] for d in decisions if d.fingerprint in open_alerts]


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


def _waits(judged: Mapping[str, Subject]) -> Iterator[int | None]:
    """When each alert that waits, as it is stored now, has waited long enough."""
    patient = {key: patience for key, s in judged.items() if (patience := Patience.of(s.rule)) != Patience()}
    if not patient:
        return
    for row in Alert.open():
        current = alerts.current_of(row)
        if current and row.fingerprint in patient:
            yield alerts.due(current, patient[row.fingerprint])


def _ended(alert: Alert, kept: frozenset[str], now: int) -> bool:
    """A rule's alert whose target is gone (and the rule does not keep it), or a custom one that nobody renewed."""
    if alert.origin == "custom":
        return now - alert.changed_at >= CUSTOM_ENDS_MS
    return alert.type not in kept or alert.status == "pending"


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


def _write(settings: Settings, work: Work, now: int) -> list[int | None]:
    for stale in work.lapsed:
        row = Alert.open_for(stale.fingerprint)
        if row and _lapsed(row, now):
            alerts.unacknowledge(row, now)
    applied = [_apply(decision, settings.incident_gap_ms, now) for decision in work.decisions]
    changed = [alert for alert in applied if alert]
    changed += [ended for alert in work.gone if (ended := _end(alert, work.kept, now))]
    spans = lifted.since(now)
    concerned = [*changed, *_others(work, changed, spans)]
    # The configuration as it is under the write lock: an alert that came after new routes must not go by the old ones.
    ledger = Ledger.of(concerned, runtime_config.current(settings).config, now)
    over = lifted.take(spans, concerned)
    holds = notify_all(settings, concerned, ledger, now, over)
    return [*holds, *_lapses(alert for alert in concerned if alert.ended_at is None)]


def _others(work: Work, changed: Sequence[Alert], spans: Sequence[Span]) -> list[Alert]:
    """Those that may owe something although they did not change, as they are under the write lock."""
    ids = {*work.owed, *(alert.id for alert in work.lapsed)}
    checks = {alert.labels.get("check") for alert in changed if alert.type == "system_down"}
    rows = _by_ids(sorted(ids))
    if not checks.isdisjoint(work.parents.values()):
        # What stands behind a check that went down or came back is muted, or no longer is.
        rows += list(Alert.select().where((Alert.type == "system_down") & Alert.ended_at.is_null()))
    if spans:
        # One that ended since `work` was found: it is not asked again, so what it held back is told in this write.
        rows += [alert for alert in Alert.open() if any(lifted.held(span, alert) for span in spans)]
    seen = {alert.id for alert in changed}
    return list({alert.id: alert for alert in rows if alert.id not in seen}.values())


def _by_ids(ids: Sequence[int]) -> list[Alert]:
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return [alert for chunk in chunks for alert in Alert.select().where(Alert.id.in_(chunk))]


def _apply(decision: Decision, gap_ms: int, now: int) -> Alert | None:
    # People change alerts too: decide again on the row as it is under the write lock.
    row = Alert.open_for(decision.fingerprint)
    subject = decision.subject
    change = _transition(row, subject, now)
    if change is None:
        return None
    verdict, rule = subject.verdict, subject.rule
    return alerts.apply(row, change, verdict, rule.type, subject.target, now, subject.labels, gap_ms)


def _end(stale: Alert, kept: frozenset[str], now: int) -> Alert | None:
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
