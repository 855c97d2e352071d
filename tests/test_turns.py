"""Whose turn it is, storms and dead letters, on a real store with moments passed in."""

import fcntl
import threading
import uuid
from pathlib import Path

import pytest

from gamepilot_mon import (
    attempts,
    channel_health,
    db,
    dead_letters,
    ledger,
    runtime_config,
    storm,
    turns,
)
from gamepilot_mon.attempts import Outcome
from gamepilot_mon.channels import Receipt, Traits
from gamepilot_mon.ledger import Wanted
from gamepilot_mon.models import Alert, Attempt, ChannelState, Notification
from gamepilot_mon.settings import Settings
from gamepilot_mon.storm import ONE_BY_ONE
from tests import one_by_one
from tests.processes import eventually

NOW = 1_790_000_000_000
PEOPLE = Traits()
MACHINE = one_by_one.PLAIN


@pytest.fixture(autouse=True)
def _store(store: Path) -> None:
    """Every test here needs one."""


def owe(
    fingerprint: str, severity: str = "warning", change: str = "firing", channel: str = "slack", at: int = NOW
) -> Notification:
    return Notification.create(
        uid=uuid.uuid4().hex, alert_id=int.from_bytes(fingerprint.encode()[:4]), fingerprint=fingerprint,
        channel=channel, change=change, severity=severity, created_at=at, due_at=at,
        body={"type": "t", "severity": severity, "status": "firing", "text": fingerprint, "value": None,
              "threshold": None, "timestamp": at, "started_at": at, "ended_at": None, "labels": {},
              "metadata": {}, "url": None},
    )  # fmt: skip


def take(traits: Traits = MACHINE, now: int = NOW, channel: str = "slack") -> tuple[Notification, Attempt]:
    claimed = one_by_one.claim(channel, now, traits)
    assert claimed
    return claimed


def fail(times: int, now: int = NOW, channel: str = "slack") -> None:
    with db.write():
        for _ in range(times):
            channel_health.failed(channel, "503", now, None)
            channel_health.used(channel, MACHINE.pace, now)


def test_it_sends_criticals_first_and_then_the_oldest() -> None:
    rows = [owe("a"), owe("b"), owe("c", "critical")]
    order = []
    for _ in rows:
        row, attempt = take()
        one_by_one.delivered(row, attempt, "ok", NOW)
        order.append(row.fingerprint)
    assert order == ["c", "a", "b"]


def test_it_sends_what_a_critical_waits_for_as_early_as_the_critical() -> None:
    owe("a")
    owe("b", "warning")
    owe("b", "critical", "escalated")
    first, attempt = take()
    assert (first.fingerprint, first.change) == ("b", "firing")
    one_by_one.delivered(first, attempt, "ok", NOW)
    assert take()[0].change == "escalated"


def test_it_keeps_the_pace_of_the_channel_across_restarts() -> None:
    for number in range(8):
        owe(f"f{number}")
    for _ in range(PEOPLE.pace.burst):
        take(PEOPLE)
    turn = turns.next_turn("slack", PEOPLE, NOW)
    assert turn.row is None and turn.again_at == NOW + 1_000
    assert turns.next_turn("slack", PEOPLE, NOW + 1_000).row is not None


def test_it_tries_a_broken_channel_with_another_message_each_time() -> None:
    owe("poison", "critical")
    owe("good")
    first, attempt = take()
    one_by_one.failed(first, attempt, "500", NOW)
    fail(5)
    assert turns.next_turn("slack", MACHINE, NOW + 14_999).row is None
    row, attempt = take(now=NOW + 15_000)
    assert row.fingerprint == "good"
    one_by_one.delivered(row, attempt, "ok", NOW + 15_001)
    assert take(now=NOW + 15_001)[0].fingerprint == "poison"


def test_it_pauses_the_whole_channel_for_as_long_as_the_provider_asks() -> None:
    owe("a"), owe("b")
    row, attempt = take()
    one_by_one.failed(row, attempt, "429", NOW, retry_after_ms=9_000)
    assert turns.next_turn("slack", MACHINE, NOW + 8_999).row is None
    assert turns.next_turn("slack", MACHINE, NOW + 9_000).row is not None
    assert ChannelState.of("slack").failures == 0


SEVERAL = Traits(pace=MACHINE.pace, summarises=False, at_once=3)


def test_it_sends_several_at_once_but_one_about_each_alert() -> None:
    owe("a"), owe("a", change="resolved"), owe("b"), owe("c"), owe("d")
    turn = turns.next_turn("slack", SEVERAL, NOW)
    assert [row.fingerprint for row in turn.rows] == ["a", "b", "c"]
    begun = attempts.exchange([], turn.rows, SEVERAL.pace, NOW)
    assert turns.next_turn("slack", SEVERAL, NOW, in_air=3) == turns.Turn()
    outcomes = [Outcome(*claimed, Receipt("ok"), NOW) for claimed in begun[:2]]
    again = attempts.exchange(
        outcomes, turns.next_turn("slack", SEVERAL, NOW, in_air=1).rows, SEVERAL.pace, NOW
    )
    assert [row.fingerprint for row, _ in again] == ["d"]  # the end of a was behind its beginning
    assert [(row.fingerprint, row.change) for row in turns.next_turn("slack", SEVERAL, NOW, 2).rows] == [
        ("a", "resolved")
    ]


def test_it_sends_one_alone_while_the_channel_fails() -> None:
    for name in "abcd":
        owe(name)
    first, attempt = take(SEVERAL)
    one_by_one.failed(first, attempt, "500", NOW)
    assert len(turns.next_turn("slack", SEVERAL, NOW).rows) == 1
    assert turns.next_turn("slack", SEVERAL, NOW, in_air=1) == turns.Turn()
    one_by_one.delivered(*take(SEVERAL), "ok", NOW)
    assert len(turns.next_turn("slack", SEVERAL, NOW).rows) == 2


def test_it_begins_nothing_that_was_taken_meanwhile() -> None:
    row = owe("a")
    assert one_by_one.journal(row, MACHINE.pace, NOW)
    assert attempts.exchange([], [row], MACHINE.pace, NOW) == []


def in_a_storm() -> None:
    for number in range(30):
        owe(f"w{number:02}")
    for number in range(7):
        owe(f"c{number:02}", "critical")


def deliver_all(traits: Traits, now: int) -> list[Notification]:
    sent = []
    while (turn := turns.next_turn("slack", traits, now)).row or turn.again_at:
        if turn.row is None:
            now = int(turn.again_at or 0)
            continue
        claimed = one_by_one.journal(turn.row, traits.pace, now)
        assert claimed
        one_by_one.delivered(*claimed, "ok", now)
        sent.append(claimed[0])
    return sent


def test_it_tells_a_storm_criticals_first_and_the_rest_in_one_message() -> None:
    in_a_storm()
    sent = deliver_all(PEOPLE, NOW)
    assert [row.severity for row in sent] == ["critical"] * (ONE_BY_ONE + 1)
    assert [row.change for row in sent] == ["firing"] * ONE_BY_ONE + ["summary"]
    assert "30 warning t: firing" in sent[-1].body["text"] and "2 critical t: firing" in sent[-1].body["text"]
    assert Notification.select().where(Notification.state != "sent").count() == 0


def test_it_tells_the_end_of_what_a_summary_told() -> None:
    in_a_storm()
    deliver_all(PEOPLE, NOW)
    owe("w00", change="resolved", at=NOW + 90_000)
    assert [row.change for row in deliver_all(PEOPLE, NOW + 90_000)] == ["resolved"]


def test_it_lets_an_end_wait_for_the_summary_with_its_beginning() -> None:
    in_a_storm()
    storm.sum_up("slack", NOW)
    owe("w00", change="resolved")
    assert [row.change for row in deliver_all(PEOPLE, NOW)][-2:] == ["summary", "resolved"]


def test_it_makes_the_next_summary_a_minute_later() -> None:
    in_a_storm()
    deliver_all(PEOPLE, NOW)
    later = NOW + 20_000
    for number in range(30):
        owe(f"x{number:02}", at=later)
    turn = turns.next_turn("slack", PEOPLE, later)
    assert turn.row is None and turn.again_at == NOW + storm.GAP_MS


def test_it_tells_all_criticals_by_the_next_summary_of_a_storm_that_goes_on() -> None:
    in_a_storm()
    deliver_all(PEOPLE, NOW)
    later = NOW + 12_000
    for number in range(30):
        owe(f"x{number:02}", "critical", at=later)
    [summary, *others] = deliver_all(PEOPLE, later)
    assert (summary.change, others) == ("summary", [])
    assert Notification.select().where(Notification.summary_id == summary.id).count() == 30


def test_a_summary_does_not_give_way_to_more_criticals_than_go_one_by_one() -> None:
    in_a_storm()
    storm.sum_up("slack", NOW)
    for number in range(30):
        owe(f"x{number:02}", "critical", at=NOW + 10)
    sent = [row.change for row in deliver_all(PEOPLE, NOW + 10)]
    # While the pace has no turn for the second one, single ones go as before.
    assert (sent[0], sent[-1]) == ("summary", "summary") and sent.count("firing") == len(sent) - 2 < 10


def test_it_tells_by_no_summary_what_may_have_arrived() -> None:
    first, *_ = [owe(f"c{number:02}", "critical") for number in range(30)]
    assert one_by_one.journal(first, PEOPLE.pace, NOW)
    attempts.recover(NOW)
    with db.write():
        ChannelState(name="slack", summed_up_at=NOW - 4_000).keep()
    sent = deliver_all(PEOPLE, NOW)
    assert [(row.change, row.uid == first.uid) for row in sent] == [("firing", True), ("summary", False)]
    assert sent[0].uncertain


def test_it_keeps_a_few_criticals_apart_in_a_storm_that_goes_on() -> None:
    in_a_storm()
    deliver_all(PEOPLE, NOW)
    later = NOW + 90_000
    for number in range(30):
        owe(f"x{number:02}", at=later)
    owe("c", "critical", at=later)
    assert [row.change for row in deliver_all(PEOPLE, later)] == ["firing", "summary"]


def test_it_does_not_sum_up_for_a_machine() -> None:
    in_a_storm()
    assert len(deliver_all(MACHINE, NOW)) == 37


def test_it_sends_the_same_summary_again_after_a_failure() -> None:
    in_a_storm()
    storm.sum_up("slack", NOW)
    for _ in range(ONE_BY_ONE):
        one_by_one.delivered(*take(), "ok", NOW)
    first, attempt = take()
    one_by_one.failed(first, attempt, "no answer", NOW, uncertain=True)
    owe("later")
    again, attempt = take(now=NOW + 30_000)
    if again.uid != first.uid:
        one_by_one.delivered(again, attempt, "ok", NOW + 30_000)
        again, attempt = take(now=NOW + 30_000)
    assert (again.uid, again.body, again.uncertain) == (first.uid, first.body, True)
    one_by_one.delivered(again, attempt, "ok", NOW + 30_000)
    told = Notification.select().where(Notification.summary_id == again.id)
    assert {row.state for row in told} == {"sent"} and told.count() == 32


def test_it_buries_the_members_with_a_dead_summary() -> None:
    in_a_storm()
    storm.sum_up("slack", NOW)
    for _ in range(ONE_BY_ONE):
        one_by_one.delivered(*take(), "ok", NOW)
    one_by_one.failed(*take(), "404", NOW, permanent=True)
    dead = Notification.select().where(Notification.state == "dead")
    assert dead.count() == 33 and dead.where(~Notification.reported).count() == 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db", "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "https://hooks.example/services/x", "EMAIL_TO": "a@b.example",
            "GAMEPILOT_MON_SLACK_FAILOVER": "email", "GAMEPILOT_MON_WEBHOOK_ENABLED": "true",
            "GAMEPILOT_MON_WEBHOOK_URL": "https://hook.example/",
        },
        dotenv=None,
    )  # fmt: skip


def test_it_makes_one_alert_of_dead_letters_and_ends_it(settings: Settings) -> None:
    for name in ("a", "b"):
        owe(name)
        one_by_one.failed(*take(), "404 no_service", NOW, permanent=True)
    dead_letters.report(settings, NOW)
    [alert] = Alert.select()
    assert (alert.type, alert.labels, alert.value) == ("delivery_failed", {"channel": "slack"}, 2.0)
    about = [row.channel for row in Notification.select().where(Notification.alert_id == alert.id)]
    assert about == ["webhook"]
    assert dead_letters.report(settings, NOW) == 0
    owe("c", at=NOW + 5)
    one_by_one.delivered(*take(now=NOW + 5), "ok", NOW + 5)
    dead_letters.report(settings, NOW + 6)
    assert Alert.get().status == "resolved"


def test_it_tells_of_dead_letters_by_the_channels_that_are_on_once_it_may_write(settings: Settings) -> None:
    owe("a")
    one_by_one.failed(*take(), "404", NOW, permanent=True)
    reporting = threading.Thread(target=dead_letters.report, args=(settings, NOW))
    with db.write():
        reporting.start()
        eventually(waits_to_write, what="a report that waits for the store")
        runtime_config.change(settings, {"webhook": {"enabled": False}}, "ada", NOW)
    reporting.join(30)
    assert Alert.get().type == "delivery_failed"
    assert Notification.select().where(Notification.channel == "webhook").count() == 0


def waits_to_write() -> bool:
    """Somebody is the first in the line of the writers."""
    with Path(f"{db.database.database}.line").open() as line:
        try:
            fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_it_makes_no_alert_of_a_dead_letter_about_dead_letters(settings: Settings) -> None:
    owe("a")
    one_by_one.failed(*take(), "404", NOW, permanent=True)
    dead_letters.report(settings, NOW)
    one_by_one.failed(*take(channel="webhook"), "410", NOW, permanent=True)
    dead_letters.report(settings, NOW)
    assert Alert.select().count() == 1


def test_it_keeps_a_ledger_of_every_attempt(settings: Settings) -> None:
    owe("a", "critical")
    row, attempt = take()
    one_by_one.failed(row, attempt, "no answer", NOW + 50, uncertain=True)
    row, attempt = take(now=NOW + 9_000)
    one_by_one.delivered(row, attempt, "200 ok", NOW + 9_100)
    [shown] = ledger.deliveries(Wanted(channel="slack", state="sent"))
    assert [(a["outcome"], a["ms"], a["detail"]) for a in shown["attempts"]] == [
        ("temporary", 50, "no answer"), ("ok", 100, "200 ok"),
    ]  # fmt: skip
    assert (shown["deliveryMs"], shown["resend"]) == (9_100, True)
    assert ledger.deliveries(Wanted(before=shown["id"])) == []


def test_it_shows_how_each_channel_is_doing(settings: Settings) -> None:
    config = runtime_config.current(settings).config
    with db.write():
        channel_health.works("webhook", NOW - 3 * 86_400_000)
    fail(5)
    owe("a")
    shown = {row["name"]: row for row in ledger.channels(config, NOW)}
    assert (shown["slack"]["state"], shown["slack"]["breaker"], shown["slack"]["queue"]["total"]) == (
        "broken",
        "open",
        1,
    )
    assert shown["webhook"]["proven"] == "proven 3 d ago" and shown["email"]["standby"] is True
