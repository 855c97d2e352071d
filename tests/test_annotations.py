from pathlib import Path

from gamepilot_mon import annotations, db
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, iso
from gamepilot_mon.models import ConfigVersion, Event, Release
from tests.histories import NOW, past

LAST_HOUR = Span(NOW - HOUR_MS, NOW)


def deployed(version: str, at: int) -> None:
    with db.write():
        event = Event.create(kind="deploy", at=at, received_at=at, name=version)
        Release.create(event_id=event.id, at=at, version=version)


def test_it_tells_what_happened_in_the_order_of_time(store: Path) -> None:
    past(NOW - 10 * MINUTE_MS, None, severity="warning", message="slow")
    deployed("1.2", NOW - 20 * MINUTE_MS)
    with db.write():
        ConfigVersion.create(
            created_at=NOW - 5 * MINUTE_MS, author="ada", override={},
            diff=[{"pointer": "/errorRate/warning", "old": 0.02, "new": 0.03}],
        )  # fmt: skip
    found = annotations.between(LAST_HOUR)
    assert [(one["kind"], one["text"]) for one in found] == [
        ("deploy", "1.2"), ("alert", "slow"), ("config", "ada: errorRate/warning"),
    ]  # fmt: skip
    assert (found[1]["severity"], found[1]["endedAt"]) == ("warning", None)


def test_it_leaves_out_what_was_never_told_and_what_was_at_another_time(store: Path) -> None:
    past(NOW - MINUTE_MS, fired_at=None)
    past(NOW - 2 * HOUR_MS)
    deployed("later", NOW)
    assert annotations.between(LAST_HOUR) == []


def test_it_knows_a_deploy_after_its_event_has_gone(store: Path) -> None:
    at = NOW - 20 * DAY_MS
    with db.write():
        Release.create(event_id=7, at=at, version="0.9")
    assert annotations.between(Span(at, at + 1)) == [{"kind": "deploy", "at": iso(at), "text": "0.9"}]


def test_it_shows_the_newest_of_many(store: Path) -> None:
    for number in range(annotations.MOST + 1):
        past(NOW - HOUR_MS + number)
    found = annotations.between(LAST_HOUR)
    assert len(found) == annotations.MOST and found[0]["at"] == iso(NOW - HOUR_MS + 1)
