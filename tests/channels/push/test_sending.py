"""Web Push to a real push service over TLS, which reads each message as its browser would."""

import logging
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from werkzeug import Response

from gamepilot_mon import db, push_subscriptions, vapid
from gamepilot_mon.auth import users
from gamepilot_mon.channels import DeliveryError
from gamepilot_mon.channels.push import PushConfig, send
from gamepilot_mon.channels.push.payload import tag
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import PushSubscription, User
from tests.channels.messages import NOW, message
from tests.channels.push.service import Browser, PushService, push_service

CONFIG = PushConfig("mailto:ops@gamepilot.dev", (ip_network("127.0.0.0/8"), ip_network("::1/128")))
IMPATIENT = PushConfig(CONFIG.subject, CONFIG.allowed, read_ms=1_000, deadline_ms=4_000)

Subscribe = Callable[..., Browser]


@pytest.fixture
def service(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    with push_service(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
def ada(store: Path) -> User:
    with db.write():
        return users.add("ada", "viewer", NOW)


@pytest.fixture
def subscribed(service: PushService, ada: User) -> Subscribe:
    def add(*answers: Response, user: User = ada, severity: str = "info", hangs: bool = False) -> Browser:
        browser = service.browser(*answers, hangs=hangs)
        keys = browser.subscription()["keys"]
        with db.write():
            push_subscriptions.add(user.id, browser.endpoint, keys["p256dh"], keys["auth"], severity, NOW)
        return browser

    return add


def failure(config: PushConfig = CONFIG, **changes: object) -> DeliveryError:
    with pytest.raises(DeliveryError) as error:
        send(config, message(**changes))
    return error.value


def row_of(browser: Browser) -> PushSubscription | None:
    return PushSubscription.get_or_none(PushSubscription.endpoint == browser.endpoint)


def test_it_reaches_every_browser_encrypted_and_signed(subscribed: Subscribe, service: PushService) -> None:
    browsers = [subscribed(), subscribed()]
    assert send(CONFIG, message(url="https://mon.example/alerts/17")).detail == "reached 2 browsers"
    for browser in browsers:
        [push] = browser.pushes
        assert push.payload == {
            "id": message().notification_id, "severity": "critical", "change": "firing",
            "title": "🚨 CRITICAL Alert: error_rate", "text": "High error rate: 150 errors in last 24h",
            "url": "https://mon.example/alerts/17", "tag": tag(message()), "resend": False, "timestamp": NOW,
        }  # fmt: skip
        assert push.claims["sub"] == "mailto:ops@gamepilot.dev"
        assert 0 < int(push.claims["exp"]) - utcnow() // 1000 <= 86_400
        assert push.key == vapid.public_key(vapid.private_key() or "")
        assert push.headers["Content-Encoding"] == "aes128gcm" and push.bytes < 3_072
        assert push.headers["Urgency"] == "high" and push.headers["Topic"] == tag(message())


def test_it_keeps_its_key_pair(subscribed: Subscribe) -> None:
    browser = subscribed()
    send(CONFIG, message())
    send(CONFIG, message(notification_id="b" * 32))
    assert len({push.key for push in browser.pushes}) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_it_deletes_a_subscription_that_has_ended(subscribed: Subscribe, status: int) -> None:
    gone, there = subscribed(Response(status=status)), subscribed()
    assert send(CONFIG, message()).detail == "reached 1 browser; 1 browser had ended the subscription"
    assert row_of(gone) is None and row_of(there) is not None


def test_it_refuses_for_good_when_nobody_is_left(subscribed: Subscribe) -> None:
    assert failure().permanent
    subscribed(Response(status=410))
    assert failure(notification_id="c" * 32).permanent


def test_it_sends_again_only_to_whom_it_did_not_reach(subscribed: Subscribe) -> None:
    there, failing = subscribed(), subscribed(Response(status=500))
    error = failure()
    assert not error.permanent and not error.uncertain and error.retry_after_ms is None
    assert send(CONFIG, message()).detail == "reached 2 browsers"
    assert (len(there.pushes), len(failing.pushes)) == (1, 1)
    row = row_of(failing)
    assert row and row.failures == 0


def test_it_follows_retry_after_and_leaves_that_browser_alone(
    subscribed: Subscribe, service: PushService
) -> None:
    there, busy = subscribed(), subscribed(Response(status=429, headers={"Retry-After": "20"}))
    assert failure().retry_after_ms == 20_000
    asked = service.asked
    again = failure()
    assert service.asked == asked and 0 < (again.retry_after_ms or 0) <= 20_000
    assert len(there.pushes) == 1 and busy.pushes == []


def test_it_waits_for_nobody_who_asks_for_a_long_pause_when_others_have_it(subscribed: Subscribe) -> None:
    subscribed(), subscribed(Response(status=429, headers={"Retry-After": "3600"}))
    assert "reached 1 browser; 1 browser not reached" in send(CONFIG, message()).detail


def test_it_waits_for_that_pause_when_nobody_has_it(subscribed: Subscribe) -> None:
    subscribed(Response(status=429, headers={"Retry-After": "3600"}))
    assert failure().retry_after_ms == 3_600_000


def test_a_browser_that_always_fails_does_not_hold_up_the_others(subscribed: Subscribe) -> None:
    there = subscribed()
    subscribed(*[Response(status=500) for _ in range(4)])
    failure(), failure()
    assert "not reached" in send(CONFIG, message()).detail
    assert "not reached" in send(CONFIG, message(notification_id="d" * 32)).detail
    assert len(there.pushes) == 2


def test_it_keeps_a_refusal_for_good_to_the_browser_it_concerns(subscribed: Subscribe) -> None:
    there, refused = subscribed(), subscribed(Response("no such key", status=403))
    assert "1 browser refused: The push service refuses the message: 403" in send(CONFIG, message()).detail
    assert row_of(refused) is not None and len(there.pushes) == 1


def test_it_does_not_know_whether_a_browser_that_hangs_was_reached(subscribed: Subscribe) -> None:
    there = subscribed()
    subscribed(hangs=True)
    error = failure(IMPATIENT)
    assert error.uncertain and not error.permanent and len(there.pushes) == 1


def test_it_marks_a_resend(subscribed: Subscribe) -> None:
    browser = subscribed()
    send(CONFIG, message(resend=True))
    assert browser.pushes[0].payload["resend"] and "Sent again" in browser.pushes[0].payload["text"]


def test_it_respects_how_severe_a_browser_wants_it_but_for_tests(subscribed: Subscribe) -> None:
    everything, critical = subscribed(), subscribed(severity="critical")
    send(CONFIG, message(severity="warning"))
    assert (len(everything.pushes), len(critical.pushes)) == (1, 0)
    send(CONFIG, message(severity="info", change="test", notification_id="e" * 32))
    assert (len(everything.pushes), len(critical.pushes)) == (2, 1)


def test_it_tells_a_disabled_user_nothing(subscribed: Subscribe, ada: User) -> None:
    with db.write():
        other = users.add("bob", "operator", NOW)
    hers, his = subscribed(), subscribed(user=other)
    with db.write():
        users.disable(ada, NOW)
    send(CONFIG, message())
    assert (len(hers.pushes), len(his.pushes)) == (0, 1)


def test_it_goes_to_no_private_address_and_logs_no_endpoint(
    subscribed: Subscribe, caplog: pytest.LogCaptureFixture
) -> None:
    browser = subscribed(Response("echo /send/", status=403))
    path = browser.endpoint.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG, logger="gamepilot_mon"):
        errors = [failure(), failure(PushConfig(CONFIG.subject), notification_id="9" * 32)]
    assert "leads to" in errors[1].detail and errors[1].permanent
    # The push service of the test logs by itself what it is asked for.
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("gamepilot_mon")]
    assert all(path not in said for said in (*map(str, errors), *logged))
    [receiver] = push_subscriptions.receivers()
    assert path not in repr(receiver)
