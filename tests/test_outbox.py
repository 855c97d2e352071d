from pathlib import Path

import pytest

from gamepilot_mon import attempts, contents, db, feed, outbox
from gamepilot_mon.attempts import GIVE_UP_MS, LEAST_ATTEMPTS, LONGEST_RETRY_MS
from gamepilot_mon.breaker import PROBE_EVERY_MS
from gamepilot_mon.models import Alert, Attempt, Notification
from gamepilot_mon.outbox import Owed
from tests import one_by_one

NOW = 1_790_000_000_000


@pytest.fixture
def alert(store: Path) -> Alert:
    with db.write():
        alert = Alert.create(
            fingerprint="f", origin="rule", type="error_rate", severity="critical", status="firing", message="bad",
            labels={}, metadata={}, started_at=NOW, changed_at=NOW,
        )  # fmt: skip
        outbox.enqueue(alert, [Owed("slack", "firing"), Owed("email", "firing")], NOW, "http://mon.example")
    return alert


def claim(channel: str = "slack", now: int = NOW) -> tuple[Notification, Attempt]:
    claimed = one_by_one.claim(channel, now)
    assert claimed
    return claimed


def row(uid: str) -> Notification:
    return Notification.get(Notification.uid == uid)


def test_it_journals_the_attempt_before_anything_is_sent(alert: Alert) -> None:
    notification, attempt = claim()
    assert row(notification.uid).state == "sending"
    assert Attempt.get_by_id(attempt.id).ended_at is None


def test_it_gives_a_notification_to_one_claimant_only(alert: Alert) -> None:
    claim()
    assert one_by_one.claim("slack", NOW) is None
    assert one_by_one.claim("email", NOW) is not None


def test_it_keeps_the_receipt(alert: Alert) -> None:
    notification, attempt = claim()
    one_by_one.delivered(notification, attempt, "200 ok", NOW + 5)
    assert (row(notification.uid).state, row(notification.uid).detail) == ("sent", "200 ok")
    assert Attempt.get_by_id(attempt.id).outcome == "ok"


def test_it_tries_again_later_and_later_up_to_a_limit(alert: Alert) -> None:
    now, waits = NOW, []
    for _ in range(12):
        notification, attempt = claim(now=now)
        one_by_one.failed(notification, attempt, "503", now)
        waits.append(row(notification.uid).due_at - now)
        now = max(row(notification.uid).due_at, now + PROBE_EVERY_MS)
    assert waits[0] <= 1000 and LONGEST_RETRY_MS / 2 <= max(waits) <= LONGEST_RETRY_MS


def test_it_waits_as_long_as_the_provider_asks(alert: Alert) -> None:
    notification, attempt = claim()
    one_by_one.failed(notification, attempt, "429", NOW, retry_after_ms=7000)
    assert row(notification.uid).due_at == NOW + 7000
    assert one_by_one.claim("slack", NOW + 6999) is None


def test_it_gives_up_where_trying_cannot_help_and_says_so(alert: Alert) -> None:
    notification, attempt = claim()
    one_by_one.failed(notification, attempt, "404 no_service", NOW, permanent=True)
    assert row(notification.uid).state == "dead"
    [item] = feed.since(0)
    assert item.event == "system:error" and "404 no_service" in item.data


def test_it_gives_up_after_a_day(alert: Alert) -> None:
    notification, attempt = claim()
    one_by_one.failed(notification, attempt, "503", NOW + GIVE_UP_MS)
    assert row(notification.uid).state == "pending", "so old after one attempt: nobody had tried"
    notification.attempts = LEAST_ATTEMPTS
    one_by_one.failed(notification, attempt, "503", NOW + GIVE_UP_MS)
    assert row(notification.uid).state == "dead"


def test_it_marks_as_a_resend_what_may_have_arrived(alert: Alert) -> None:
    notification, attempt = claim()
    assert not contents.message(notification, NOW).resend
    one_by_one.failed(notification, attempt, "no answer", NOW, uncertain=True)
    again, _ = claim(now=NOW + 30_000)
    assert contents.message(again, NOW).resend and again.uid == notification.uid


def test_it_does_not_call_a_clear_refusal_a_resend(alert: Alert) -> None:
    notification, attempt = claim()
    one_by_one.failed(notification, attempt, "connection refused", NOW)
    again, _ = claim(now=NOW + 30_000)
    assert not contents.message(again, NOW).resend


def test_it_sends_again_marked_what_the_last_life_left_open(alert: Alert) -> None:
    notification, attempt = claim()
    assert attempts.recover(NOW + 1) == 1
    assert Attempt.get_by_id(attempt.id).outcome == "interrupted"
    again, second = claim(now=NOW + 1)
    assert again.uid == notification.uid and contents.message(again, NOW).resend and second.number == 2


def test_it_says_how_late_it_is_and_where_to_look(alert: Alert) -> None:
    notification, _ = claim(now=NOW + 90_000)
    message = contents.message(notification, NOW + 90_000)
    assert message.late_ms == 90_000 and message.url == f"http://mon.example/alerts/{alert.id}"


def test_it_drops_what_is_owed_to_a_channel_that_was_switched_off(alert: Alert) -> None:
    assert outbox.owed_elsewhere(["email"])
    with db.write():
        assert outbox.drop_channels_except(["email"], NOW) == 1
    assert one_by_one.claim("slack", NOW) is None and one_by_one.claim("email", NOW) is not None


def test_it_knows_how_long_the_oldest_has_been_waiting(alert: Alert) -> None:
    assert outbox.oldest_due_ms(NOW + 60_000) == 60_000
    for channel in ("slack", "email"):
        notification, attempt = claim(channel)
        one_by_one.delivered(notification, attempt, "ok", NOW)
    assert outbox.oldest_due_ms(NOW + 60_000) == 0
