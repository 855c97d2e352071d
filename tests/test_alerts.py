from pathlib import Path

import pytest

from gamepilot_mon import alerts, db, feed
from gamepilot_mon.alerts import VALUE_EVERY_MS, Change, Current, transition
from gamepilot_mon.models import Alert
from gamepilot_mon.rules import Outcome, Verdict

NOW = 1_000_000
breached = Verdict(Outcome.BREACHED, "bad", "warning", 0.03, 0.02)
worse = Verdict(Outcome.BREACHED, "worse", "critical", 0.2, 0.05)
healthy = Verdict(Outcome.HEALTHY, "well again", value=0.0)
no_data = Verdict(Outcome.NO_DATA, "nothing seen")


def current(status: str = "firing", severity: str = "warning", value: float = 0.03) -> Current:
    return Current(status, severity, value, None, NOW)


CASES = [
    ("nothing comes of no data", None, no_data, False, None),
    ("no data keeps a firing alert as it is", current(), no_data, False, None),
    ("health without an alert is nothing", None, healthy, False, None),
    ("a breach fires", None, breached, False, Change("firing", "warning", "breached", "alert:new")),
    ("an unconfirmed breach waits", None, worse, True, Change("pending", "critical", "breached", None)),
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
