from pathlib import Path

import pytest

from gamepilot_mon import alerts, db, feed
from gamepilot_mon.alerts import VALUE_EVERY_MS, Change, Current, Patience, due, transition
from gamepilot_mon.models import Alert
from gamepilot_mon.rules import Outcome, Verdict

NOW = 1_000_000
breached = Verdict(Outcome.BREACHED, "bad", "warning", 0.03, 0.02)
worse = Verdict(Outcome.BREACHED, "worse", "critical", 0.2, 0.05)
healthy = Verdict(Outcome.HEALTHY, "well again", value=0.0)
no_data = Verdict(Outcome.NO_DATA, "nothing seen")


def current(status: str = "firing", severity: str = "warning", value: float = 0.03) -> Current:
    return Current(status, severity, value, None, NOW, NOW if status == "pending" else None)


CASES = [
    ("nothing comes of no data", None, no_data, False, None),
    ("no data keeps a firing alert as it is", current(), no_data, False, None),
    ("health without an alert is nothing", None, healthy, False, None),
    ("a breach fires", None, breached, False, Change("firing", "warning", "breached", "alert:new")),
    ("an unconfirmed breach waits", None, worse, True, Change("pending", "critical", "breached", None, NOW)),
    ("and goes on waiting", current("pending"), breached, True, None),
    ("a confirmed one fires", current("pending"), breached, False,
     Change("firing", "warning", "breached", "alert:new")),
    ("a pending one ends unseen", current("pending"), healthy, False,
     Change("resolved", "warning", "recovered", None)),
    ("the ladder goes up", current(), worse, False,
     Change("firing", "critical", "severity rose", "alert:update")),
    ("and down", current(severity="critical"), breached, False,
     Change("firing", "warning", "severity fell", "alert:update")),
    ("a firing alert resolves", current(), healthy, False,
     Change("resolved", "warning", "recovered", "alert:update")),
    ("an acknowledged one stays so when it gets worse", current("acknowledged"), worse, False,
     Change("acknowledged", "critical", "severity rose", "alert:update")),
    ("the same again changes nothing", current(), breached, False, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "verdict", "pending", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_it_moves(row: Current | None, verdict: Verdict, pending: bool, expected: Change | None) -> None:
    assert transition(row, verdict, NOW, pending=pending) == expected


MINUTE = 60_000
patient = Patience(for_ms=5 * MINUTE, clear_for_ms=2 * MINUTE)
lingering = Verdict(Outcome.LINGERING, "not clear yet", value=0.015)


def waiting(status: str, minutes: float | None, severity: str = "warning") -> Current:
    """An alert that has waited for so many minutes."""
    since = None if minutes is None else NOW - int(minutes * MINUTE)
    return Current(status, severity, 0.03, None, NOW - 10 * MINUTE, since)


FIVE = "breached for 5m"
PATIENT = [
    ("a breach waits", None, breached, Change("pending", "warning", "breached", None, NOW)),
    ("goes on waiting", waiting("pending", 4.9), breached, None),
    ("fires when its time has come", waiting("pending", 5), breached,
     Change("firing", "warning", FIVE, "alert:new")),
    ("fires as bad as it is then", waiting("pending", 5), worse,
     Change("firing", "critical", FIVE, "alert:new")),
    ("ends unseen when it is well in between", waiting("pending", 4.9), healthy,
     Change("resolved", "warning", "recovered", None)),
    ("ends unseen between the thresholds too", waiting("pending", 4.9), lingering,
     Change("resolved", "warning", "breached no more", None)),
    ("no data lets it wait", waiting("pending", 9), no_data, None),
    ("a clock set back begins to count anew", waiting("pending", -60), breached,
     Change("pending", "warning", "breached", None, NOW)),
    ("what fires gets worse at once", waiting("firing", None), worse,
     Change("firing", "critical", "severity rose", "alert:update")),
    ("health begins to count", waiting("firing", None), healthy,
     Change("firing", "warning", "recovering", None, NOW)),
    ("and goes on", waiting("firing", 1.9), healthy, None),
    ("and ends it", waiting("firing", 2), healthy,
     Change("resolved", "warning", "recovered for 2m", "alert:update")),
    ("an acknowledged one ends the same way", waiting("acknowledged", 2), healthy,
     Change("resolved", "warning", "recovered for 2m", "alert:update")),
    ("a breach in between begins anew", waiting("firing", 1.9), breached,
     Change("firing", "warning", "breached again", None)),
    ("a worse one shows at once", waiting("firing", 1.9), worse,
     Change("firing", "critical", "severity rose", "alert:update")),
    ("between the thresholds it is not clear", waiting("firing", 1.9), lingering,
     Change("firing", "warning", "not clear any more", None)),
    ("and an alert stays as it is", waiting("firing", None, "critical"), lingering, None),
    ("nothing starts there", None, lingering, None),
    ("no data does not end it", waiting("firing", 9), no_data, None),
    ("a clock set back does not keep it for ever", waiting("firing", -60), healthy,
     Change("firing", "warning", "recovering", None, NOW)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "verdict", "expected"), [c[1:] for c in PATIENT], ids=[c[0] for c in PATIENT]
)
def test_it_is_patient(row: Current | None, verdict: Verdict, expected: Change | None) -> None:
    assert transition(row, verdict, NOW, patience=patient) == expected


def test_it_knows_when_it_has_waited_long_enough() -> None:
    assert due(waiting("pending", 1), patient) == NOW + 4 * MINUTE
    assert due(waiting("firing", 1), patient) == NOW + MINUTE
    assert due(waiting("firing", None), patient) is None
    assert due(waiting("pending", 1), Patience()) is None


def test_it_keeps_with_the_alert_why_it_changed(store: Path) -> None:
    seen = Verdict(Outcome.BREACHED, "bad", "warning", 0.03, 0.02, window_ms=300_000, samples=40)
    with db.write():
        alert = alerts.apply(None, Change("firing", "warning", FIVE, "alert:new"), seen, "x", {}, NOW)
    looked = {"windowMs": 300_000, "threshold": 0.02, "samples": 40}
    assert Alert.get_by_id(alert.id).metadata == {"reason": FIVE, **looked}
    with db.write():
        change = Change("firing", "warning", "recovering", None, NOW + 1)
        alerts.apply(alert, change, healthy, "x", {}, NOW + 1)
    kept = Alert.get_by_id(alert.id)
    assert (kept.message, kept.value, kept.threshold) == ("bad", 0.03, 0.02)
    assert kept.metadata["reason"] == "recovering"


def test_it_shows_a_new_value_at_most_now_and_then() -> None:
    moved = Verdict(Outcome.BREACHED, "bad", "warning", 0.04, 0.02)
    assert transition(current(), moved, NOW + VALUE_EVERY_MS - 1) is None
    assert transition(current(), moved, NOW + VALUE_EVERY_MS) == Change(
        "firing", "warning", "new value", "alert:update"
    )


def test_it_reports_new_evidence_at_once() -> None:
    again = Verdict(Outcome.BREACHED, "bad", "critical", 2.0, 0.0, evidence_at=NOW + 5)
    row = Current("firing", "critical", 1.0, NOW, NOW)
    assert transition(row, again, NOW + 5) == Change("firing", "critical", "new evidence", "alert:update")


def test_it_writes_the_alert_and_its_feed_item_together(store: Path) -> None:
    with db.write():
        change = transition(None, worse, NOW)
        assert change
        alert = alerts.apply(None, change, worse, "error_rate", {"zone": "a"}, NOW)
    [item] = feed.since(0)
    assert (item.event, item.topic) == ("alert:new", "alerts")
    assert f'"fingerprint":"{alert.fingerprint}"' in item.data
    assert Alert.open_for(alerts.fingerprint("error_rate", {"zone": "a"})) == alert


def test_it_leaves_nothing_behind_when_the_write_fails(store: Path) -> None:
    with pytest.raises(ZeroDivisionError), db.write():
        alerts.apply(None, Change("firing", "critical", "breached", "alert:new"), worse, "x", {}, NOW)
        raise ZeroDivisionError
    assert Alert.open() == [] and feed.since(0) == []


def test_it_has_one_identity_whatever_the_order_of_labels() -> None:
    assert alerts.fingerprint("x", {"a": "1", "b": "2"}) == alerts.fingerprint("x", {"b": "2", "a": "1"})
    assert alerts.fingerprint("x", {"a": "1"}) != alerts.fingerprint("y", {"a": "1"})
