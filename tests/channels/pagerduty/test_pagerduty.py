from typing import Any

import pytest

from gamepilot_mon.catchers.slack import SlackCatcher, Status, rate_limited
from gamepilot_mon.channels import DeliveryError
from gamepilot_mon.channels.pagerduty import PagerDutyConfig, send
from gamepilot_mon.channels.pagerduty.event import event
from tests.channels.messages import message

KEY = "0123456789abcdef0123456789abcdef"
CONFIG = PagerDutyConfig(routing_key=KEY)


def test_it_opens_an_incident_by_the_alerts_fingerprint() -> None:
    with SlackCatcher() as server:
        send(PagerDutyConfig(KEY, url=server.url, trusted=True), message())
        [post] = server.messages
    shown = post.payload
    assert (shown["routing_key"], shown["event_action"], shown["dedup_key"]) == (
        KEY,
        "trigger",
        "error_rate:api",
    )
    assert shown["payload"]["severity"] == "critical"
    assert shown["payload"]["timestamp"] == "2026-11-24T12:00:00.000Z"
    assert shown["payload"]["custom_details"]["notification_id"] == message().notification_id


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"change": "escalated"}, "trigger"),
        ({"change": "deescalated", "severity": "warning"}, "trigger"),
        ({"change": "repeat"}, "trigger"),
        ({"change": "acknowledged", "status": "acknowledged"}, "acknowledge"),
        ({"change": "resolved", "status": "resolved"}, "resolve"),
    ],
)
def test_it_changes_that_incident_and_no_other(changes: dict[str, Any], action: str) -> None:
    shown = event(CONFIG, message(**changes))
    assert (shown["event_action"], shown["dedup_key"]) == (action, "error_rate:api")
    assert ("payload" in shown) is (action == "trigger")


def test_it_updates_the_severity() -> None:
    assert (
        event(CONFIG, message(change="deescalated", severity="warning"))["payload"]["severity"] == "warning"
    )


def test_it_keeps_a_test_apart_from_every_alert() -> None:
    assert event(CONFIG, message(change="test"))["dedup_key"] == f"test:{message().notification_id}"


def test_it_stays_within_the_documented_lengths() -> None:
    shown = event(CONFIG, message(text="x" * 5_000, fingerprint="f" * 500))
    assert len(shown["payload"]["summary"]) == 1_024 and len(shown["dedup_key"]) == 255


@pytest.mark.parametrize(
    ("fault", "permanent"),
    [(rate_limited("3"), False), (Status(500), False), (Status(400, f"bad {KEY}"), True)],
)
def test_it_says_what_an_answer_means_without_the_key(fault: Status, permanent: bool) -> None:
    with SlackCatcher() as server:
        server.fail_next(fault)
        with pytest.raises(DeliveryError) as error:
            send(PagerDutyConfig(KEY, url=server.url, trusted=True), message())
    assert error.value.permanent is permanent and KEY not in str(error.value)
    assert KEY not in repr(CONFIG)
