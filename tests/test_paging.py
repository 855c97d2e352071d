import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon.mutes import Muted
from gamepilot_mon.paging import LEAST_AFTER_REFUSAL_MS, Hold, Send, Standing, Told, owed, through
from gamepilot_mon.rules import RANK

MINUTE = 60_000
COOLDOWN = 5 * MINUTE
REPEAT = 240 * MINUTE

firing = Standing(7, "firing", "warning")
critical = Standing(7, "firing", "critical")
resolved = Standing(7, "resolved", "critical")
told = Told(7, "firing", "warning", 0)
told_before = Told(6, "firing", "warning", 0)
told_end = Told(6, "resolved", "warning", MINUTE)

CASES = [
    # what is true now, last message, last page, minutes later, what is owed
    ("a first firing is told", firing, None, None, 0, Send("firing")),
    ("a pending alert is not", Standing(7, "pending", "critical"), None, None, 0, Hold("pending")),
    ("told once, it waits for the repeat interval", firing, told, told, 10, Hold("repeat interval", REPEAT)),
    ("a reminder follows then", firing, told, told, 240, Send("repeat")),
    ("a higher severity never waits", critical, told, told, 0, Send("escalated")),
    ("a lower one waits for the cooldown", firing, Told(7, "firing", "critical", 0),
     Told(7, "firing", "critical", 0), 1, Hold("cooldown", COOLDOWN)),
    ("and is told after it", firing, Told(7, "firing", "critical", 0),
     Told(7, "firing", "critical", 0), 5, Send("deescalated")),
    ("new evidence waits for the cooldown", Standing(7, "firing", "warning", 2 * MINUTE), told, told, 3,
     Hold("repeat interval", COOLDOWN)),
    ("and is told after it", Standing(7, "firing", "warning", 2 * MINUTE), told, told, 5, Send("repeat")),
    ("who was told of firing is told of the end", resolved, told, told, 0, Send("resolved")),
    ("who was not, is not", resolved, None, None, 0, Hold("was not told of it")),
    ("an end is told once", resolved, Told(7, "resolved", "critical", 0), told, 99, Hold("was not told of it")),
    ("firing again inside the cooldown is held", firing, told_end, told_before, 2, Hold("cooldown", COOLDOWN)),
    ("and told when it is over", firing, told_end, told_before, 5, Send("firing")),
    ("unless it is worse than before", critical, told_end, told_before, 2, Send("firing")),
    ("a person who owns it is not reminded", Standing(7, "acknowledged", "warning"), told, told, 999,
     Hold("acknowledged")),
    ("but hears when it gets worse", Standing(7, "acknowledged", "critical"), told, told, 1, Send("escalated")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("alert", "last", "last_page", "minutes", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_it_owes(alert: Standing, last: Told, last_page: Told, minutes: int, expected: Send | Hold) -> None:
    assert owed(alert, last, last_page, minutes * MINUTE, COOLDOWN, REPEAT) == expected


def test_it_sends_no_reminders_when_the_interval_is_nought() -> None:
    assert owed(firing, told, told, 10**12, COOLDOWN, 0) == Hold("no reminders")


SILENT = Muted("silence 1", 9, "deploy")
FLAPS = Muted("flapping", 9, "often", since=5)
THROUGH = [
    ("nothing muted", Send("firing"), critical, None, None, Send("firing")),
    ("a silence holds a start", Send("firing"), firing, None, SILENT, Hold("silence 1: deploy", 9)),
    ("and a higher severity", Send("escalated"), critical, told, SILENT, Hold("silence 1: deploy", 9)),
    ("but no end", Send("resolved"), resolved, told, SILENT, Send("resolved")),
    ("what is held anyway says why itself", Hold("cooldown", 3), firing, told, SILENT, Hold("cooldown", 3)),
    ("flapping lets one message out", Send("firing"), firing, told, FLAPS, Send("firing")),
    ("and no second", Send("firing"), firing, Told(6, "firing", "warning", 5), FLAPS, Hold("flapping: often", 9)),
    ("except about something worse", Send("firing"), critical, Told(6, "firing", "warning", 5), FLAPS,
     Send("firing")),
    ("and ends", Send("resolved"), resolved, Told(6, "firing", "critical", 5), FLAPS, Send("resolved")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "alert", "last_page", "muted", "expected"),
    [c[1:] for c in THROUGH],
    ids=[c[0] for c in THROUGH],
)
def test_it_lets_through(
    decision: Send | Hold, alert: Standing, last_page: Told, muted: Muted | None, expected: Send | Hold
) -> None:
    assert through(decision, alert, last_page, muted) == expected


STEPS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=4 * MINUTE),
        st.sampled_from(["warning", "critical", "healthy", "evidence"]),
    ),
    max_size=40,
)


@given(STEPS)
def test_it_never_loses_an_end_nor_delays_the_worse_nor_pages_twice_in_a_cooldown(
    steps: list[tuple[int, str]],
) -> None:
    now, alert, number = 0, None, 0
    sent: list[Told] = []
    for wait, what in steps:
        now += wait
        if what == "healthy":
            alert = alert and Standing(alert.alert_id, "resolved", alert.severity)
        elif what == "evidence":
            alert = alert and Standing(alert.alert_id, alert.status, alert.severity, now)
        elif alert is None or alert.status == "resolved":
            number += 1
            alert = Standing(number, "firing", what)
        else:
            alert = Standing(alert.alert_id, "firing", what, alert.evidence_at)
        if alert is None:
            continue
        pages = [message for message in sent if message.change != "resolved"]
        decision = owed(
            alert, sent[-1] if sent else None, pages[-1] if pages else None, now, COOLDOWN, REPEAT
        )
        heard = [m for m in pages if m.alert_id == alert.alert_id]
        if isinstance(decision, Send):
            recent = [m for m in pages if now - m.at < COOLDOWN and decision.change != "resolved"]
            assert all(RANK[alert.severity] > RANK[m.severity] for m in recent[-1:])
            sent.append(Told(alert.alert_id, decision.change, alert.severity, now))
        if alert.status == "resolved" and heard:
            assert sent[-1].alert_id == alert.alert_id and sent[-1].change == "resolved"
        if alert.status == "firing" and heard:
            assert max(RANK[m.severity] for m in sent if m.alert_id == alert.alert_id) >= RANK[alert.severity]


refused = Told(7, "firing", "warning", 0)


@pytest.mark.parametrize(
    ("alert", "now", "cooldown", "expected"),
    [
        (firing, 1000, COOLDOWN, Hold("the channel refused the last message", COOLDOWN)),
        (firing, COOLDOWN, COOLDOWN, Send("firing")),
        (firing, 1000, 0, Hold("the channel refused the last message", LEAST_AFTER_REFUSAL_MS)),
        (critical, 1000, COOLDOWN, Send("firing")),
        (resolved, 1000, COOLDOWN, Hold("was not told of it")),
    ],
    ids=[
        "waits for the cooldown",
        "and tries again",
        "a minute at least",
        "something worse is tried",
        "an end is not",
    ],
)
def test_a_channel_that_refused_for_good(
    alert: Standing, now: int, cooldown: int, expected: Send | Hold
) -> None:
    assert owed(alert, None, None, now, cooldown, REPEAT, refused) == expected


def test_a_refusal_before_the_last_message_counts_no_more() -> None:
    later = Told(7, "firing", "warning", 5)
    assert owed(critical, later, later, 10, COOLDOWN, REPEAT, refused) == Send("escalated")
