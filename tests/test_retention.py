from pathlib import Path

import pytest

from gamepilot_mon import db, feed, retention, rollups
from gamepilot_mon.models.alert import Alert
from gamepilot_mon.models.attempt import Attempt
from gamepilot_mon.models.broadcast import Broadcast
from gamepilot_mon.models.cursor import Cursor
from gamepilot_mon.models.event import Event
from gamepilot_mon.models.notification import Notification
from gamepilot_mon.models.observation import Observation
from gamepilot_mon.models.session import Session
from gamepilot_mon.models.sign_in_link import SignInLink
from gamepilot_mon.settings import Settings

NOW = 1_795_521_600_000
HOUR = 3_600_000
DAY = 24 * HOUR
SETTINGS = Settings.from_env({}, dotenv=None)
RAW = SETTINGS.raw_history_ms
HISTORY = SETTINGS.history_ms


def prune(limit: int = 1_000) -> dict[str, int]:
    with db.write():
        return retention.prune(SETTINGS, NOW, limit=limit)


def receive(age_ms: int) -> None:
    at = NOW - age_ms
    Event.create(kind="operation", at=at, received_at=at, name="login", value=1.0, ok=True)


def fire(name: str, started_ms: int, ended_ms: int | None) -> Alert:
    return Alert.create(
        fingerprint=name, origin="rule", type=name, severity="warning", message="m", labels={}, metadata={},
        status="firing" if ended_ms is None else "resolved", started_at=NOW - started_ms,
        changed_at=NOW, ended_at=None if ended_ms is None else NOW - ended_ms,
    )  # fmt: skip


def notify(alert_id: int | None, settled_ms: int | None) -> Notification:
    row = Notification.create(
        uid=str(Notification.select().count()), alert_id=alert_id, fingerprint="f", channel="slack",
        change="firing", severity="warning", body={}, created_at=NOW - 2 * HISTORY, due_at=NOW,
        settled_at=None if settled_ms is None else NOW - settled_ms,
    )  # fmt: skip
    Attempt.create(notification_id=row.id, number=1, started_at=NOW - 2 * HISTORY)
    return row


def fold() -> None:
    """All who read events have read them."""
    with db.write():
        rollups.fold(1_000, NOW)
        for reader in retention.FOLDED_BY:
            Cursor.move(reader, Cursor.read(rollups.CURSOR))


def test_it_deletes_events_past_their_keep_once_they_are_folded(store: Path) -> None:
    for age_ms in (RAW + 2, RAW + 1, RAW, 0):
        receive(age_ms)
    fold()
    receive(RAW + 3)
    assert prune()["events"] == 2
    assert [NOW - event.received_at for event in Event.select().order_by(Event.id)] == [RAW, 0, RAW + 3]


def test_it_deletes_no_event_before_anything_is_folded(store: Path) -> None:
    receive(RAW + 1)
    assert Cursor.read(rollups.CURSOR) == 0
    assert prune()["events"] == 0


def test_it_is_not_held_back_by_what_a_wrong_clock_stamped(store: Path) -> None:
    for age_ms in (-2 * RAW, RAW + 2, RAW + 1, 0):
        receive(age_ms)
    fold()

    assert prune()["events"] == 3
    assert [event.received_at for event in Event.select()] == [NOW]


def test_it_tells_how_late_it_is(store: Path) -> None:
    assert retention.late_ms(SETTINGS, NOW) == 0
    receive(RAW + 5)
    assert retention.late_ms(SETTINGS, NOW) == 5


def test_it_deletes_at_most_so_many_rows_at_a_time_and_the_oldest_first(store: Path) -> None:
    for age_ms in range(25):
        Observation.create(check_id=1, at=NOW - HISTORY - 1 - age_ms, state="up")
    assert [prune(limit=10)["observations"] for _ in range(4)] == [10, 10, 5, 0]


def test_it_keeps_open_alerts_and_what_was_said_about_them(store: Path) -> None:
    old_open = fire("open", 2 * HISTORY, None)
    fire("late", 2 * HISTORY, HISTORY - 1)
    gone = fire("gone", 2 * HISTORY, HISTORY + 1)
    kept = notify(old_open.id, HISTORY + 1)
    owed = notify(gone.id, None)
    notify(gone.id, HISTORY + 1)
    notify(None, HISTORY + 1)
    counts = prune()
    assert (counts["alerts"], counts["notifications"]) == (1, 2)
    assert {alert.fingerprint for alert in Alert.select()} == {"open", "late"}
    assert {row.id for row in Notification.select()} == {kept.id, owed.id}
    assert {row.notification_id for row in Attempt.select()} == {owed.id}


def test_it_cuts_the_feed_without_a_hole(store: Path) -> None:
    with db.write():
        for age_ms in (7 * HOUR, 7 * HOUR, 5 * HOUR, 7 * HOUR, 0):
            feed.append("health:update", {}, NOW - age_ms)
    assert prune()["feed"] == 2
    assert [item.id for item in feed.since(0)] == [3, 4, 5]
    assert feed.first_id() == 3


def test_it_keeps_the_newest_feed_item_however_old(store: Path) -> None:
    with db.write():
        for _ in range(3):
            feed.append("health:update", {}, NOW - DAY)
    assert prune()["feed"] == 2
    assert feed.last_id() == 3


@pytest.mark.parametrize(
    ("expires_ms", "ended_ms", "deleted"), [(DAY, None, 0), (-1, None, 1), (DAY, 2 * HOUR, 1)]
)
def test_it_deletes_sessions_that_are_over(
    store: Path, expires_ms: int, ended_ms: int | None, deleted: int
) -> None:
    Session.create(
        token_hash="x", user_id=1, created_at=NOW - DAY, expires_at=NOW + expires_ms,
        ended_at=None if ended_ms is None else NOW - ended_ms,
    )  # fmt: skip
    assert prune()["sessions"] == deleted


def test_it_deletes_links_that_were_used_or_expired(store: Path) -> None:
    SignInLink.create(token_hash="used", created_at=NOW, expires_at=NOW + HOUR, used_at=NOW - 2 * HOUR)
    SignInLink.create(token_hash="expired", created_at=NOW, expires_at=NOW - 2 * HOUR)
    SignInLink.create(token_hash="open", created_at=NOW, expires_at=NOW + HOUR)
    assert prune()["links"] == 2
    assert SignInLink.get().token_hash == "open"


def test_it_deletes_old_broadcasts_and_nothing_from_an_empty_store(store: Path) -> None:
    assert set(prune().values()) == {0}
    Broadcast.create(at=NOW - HISTORY - 1, author="ann", event="x", severity="info")
    assert prune()["broadcasts"] == 1
