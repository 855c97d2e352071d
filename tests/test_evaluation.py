import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from gamepilot_mon import (
    alerts,
    checks,
    db,
    evaluation,
    feed,
    maintenance,
    rollups,
    runtime_config,
    silences,
    why,
)
from gamepilot_mon.clock import DAY_MS, parse_iso
from gamepilot_mon.models import Alert, Attempt, Check, Event, Notification
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.probes import Reading
from gamepilot_mon.settings import Settings
from gamepilot_mon.sources import heartbeats
from gamepilot_mon.sources.heartbeats import Ping
from tests import one_by_one

NOW = 1_790_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
            "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
            "EMAIL_ENABLED": "true",
            "EMAIL_TO": "a@b.example",
        },
        dotenv=None,
    )


def operations(count: int, *, failed: int = 0, ms: float = 100.0, at: int = NOW) -> None:
    with db.write():
        for number in range(count):
            Event.create(
                kind="operation", name="mood_selection", value=ms, ok=number >= failed, at=at, received_at=at
            )


def critical(operation: str, at: int = NOW) -> None:
    with db.write():
        Event.create(
            kind="error", name=operation, severity="critical", data={"error": "boom"}, at=at, received_at=at
        )


def evaluate(settings: Settings, now: int) -> int | None:
    with db.write():
        rollups.fold(settings.slow_ms, now)
    return evaluation.evaluate(settings, now)


def owed() -> list[tuple[str, str, str]]:
    rows = Notification.select().order_by(Notification.id)
    return [(row.channel, row.change, row.severity) for row in rows]


def firing() -> dict[str, str]:
    return {alert.type: alert.severity for alert in Alert.open() if alert.status == "firing"}


def test_it_stays_silent_without_data(store: Path, settings: Settings) -> None:
    evaluate(settings, NOW)
    assert Alert.open() == [] and owed() == []


def test_it_stays_silent_below_the_minimum_of_samples(store: Path, settings: Settings) -> None:
    operations(9, failed=9)
    evaluate(settings, NOW)
    assert firing() == {}


def test_it_fires_each_broken_rule_once_on_each_channel(store: Path, settings: Settings) -> None:
    operations(100, failed=20)
    evaluate(settings, NOW)
    evaluate(settings, NOW + 1000)
    assert firing() == {"error_rate": "critical", "success_rate": "critical"}
    assert sorted(owed()) == sorted([(c, "firing", "critical") for c in ("slack", "email")] * 2)


def test_it_follows_the_ladder_up_at_once_and_down_after_the_cooldown(
    store: Path, settings: Settings
) -> None:
    operations(100, failed=3)
    evaluate(settings, NOW)
    assert firing() == {"error_rate": "warning"}
    operations(10, failed=6, at=NOW + MINUTE)
    evaluate(settings, NOW + MINUTE)
    assert firing()["error_rate"] == "critical"
    operations(120, at=NOW + 2 * MINUTE)
    evaluate(settings, NOW + 2 * MINUTE)
    assert firing()["error_rate"] == "warning"
    changes = [change for channel, change, _ in owed() if channel == "slack"]
    assert changes[:2] == ["firing", "escalated"] and "deescalated" not in changes
    evaluate(settings, NOW + 7 * MINUTE)
    assert "deescalated" in [change for channel, change, _ in owed() if channel == "slack"]


def test_it_tells_the_end_to_all_who_heard_of_the_start(store: Path, settings: Settings) -> None:
    operations(100, failed=4)
    evaluate(settings, NOW)
    operations(900, at=NOW + MINUTE)
    evaluate(settings, NOW + MINUTE)
    assert firing() == {}
    assert owed() == [
        ("slack", "firing", "warning"), ("email", "firing", "warning"),
        ("slack", "resolved", "warning"), ("email", "resolved", "warning"),
    ]  # fmt: skip


def test_it_holds_a_second_firing_inside_the_cooldown_and_tells_it_after(
    store: Path, settings: Settings
) -> None:
    operations(100, failed=4)
    evaluate(settings, NOW)
    operations(900, at=NOW + MINUTE)
    evaluate(settings, NOW + MINUTE)
    operations(500, failed=40, ms=10, at=NOW + 2 * MINUTE)
    again = evaluate(settings, NOW + 2 * MINUTE)
    before = [row for row in owed() if row[:2] == ("slack", "firing") and row[2] == "warning"]
    assert len(before) == 1 and again == NOW + 5 * MINUTE
    evaluate(settings, NOW + 5 * MINUTE)
    assert len([row for row in owed() if row[0] == "slack" and row[1] == "firing"]) == 2


def test_it_sees_what_happened_hours_ago_by_the_long_window(store: Path, settings: Settings) -> None:
    operations(100, failed=20, at=NOW - 3 * HOUR)
    evaluate(settings, NOW)
    assert firing()["error_rate"] == "critical"


def test_it_forgets_what_is_older_than_the_long_window(store: Path, settings: Settings) -> None:
    operations(100, failed=20, at=NOW - 26 * HOUR)
    evaluate(settings, NOW)
    assert firing() == {}


def test_it_fires_for_each_operation_with_a_critical_error(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    critical("login", NOW + 1)
    evaluate(settings, NOW + 1)
    assert [alert.labels for alert in Alert.open()] == [{"operation": "payment"}, {"operation": "login"}]
    assert [row[1] for row in owed() if row[0] == "slack"] == ["firing", "firing"]


def test_it_repeats_a_critical_error_only_with_new_evidence_after_the_cooldown(
    store: Path, settings: Settings
) -> None:
    critical("payment")
    evaluate(settings, NOW)
    evaluate(settings, NOW + 6 * MINUTE)
    critical("payment", NOW + 7 * MINUTE)
    evaluate(settings, NOW + 7 * MINUTE)
    critical("payment", NOW + 8 * MINUTE)
    evaluate(settings, NOW + 8 * MINUTE)
    assert [row[1] for row in owed() if row[0] == "slack"] == ["firing", "repeat"]


def test_it_ends_a_critical_error_when_it_has_left_the_window(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    evaluate(settings, NOW + 25 * HOUR)
    assert firing() == {}
    assert [row[1] for row in owed() if row[0] == "slack"] == ["firing", "resolved"]


@pytest.fixture
def reachability(store: Path) -> Iterator[Check]:
    with db.write():
        check = Check.create(
            name="API", kind="http", spec={}, interval_ms=30_000, origin="user", created_at=NOW
        )
    yield check


def observe(check: Check, state: str, now: int) -> None:
    with db.write():
        checks.record(Check.get_by_id(check.id), Reading(state, error="connection refused"), now)


def test_it_waits_for_a_second_failure_before_it_says_down(reachability: Check, settings: Settings) -> None:
    observe(reachability, "down", NOW)
    evaluate(settings, NOW)
    [alert] = Alert.open()
    assert alert.status == "pending" and owed() == []
    assert [item.event for item in feed.since(0)] == []
    observe(reachability, "down", NOW + 1000)
    evaluate(settings, NOW + 1000)
    assert firing() == {"system_down": "critical"}
    observe(reachability, "up", NOW + 2000)
    evaluate(settings, NOW + 2000)
    assert firing() == {} and [row[1] for row in owed() if row[0] == "slack"] == ["firing", "resolved"]


@pytest.mark.parametrize("ping", [Ping("fail"), Ping("exit", 3)], ids=["fail", "exit"])
def test_a_failure_that_a_job_reports_itself_fires_at_once(
    store: Path, settings: Settings, ping: Ping
) -> None:
    with db.write():
        Check.create(
            name="nightly", kind="heartbeat", spec={}, interval_ms=DAY_MS, origin="user", ping_key="k", created_at=0
        )  # fmt: skip
        heartbeats.receive("k", ping, NOW)
    evaluate(settings, NOW)
    assert firing() == {"system_down": "critical"}
    assert [row[1:] for row in owed() if row[0] == "slack"] == [("firing", "critical")]
    with db.write():
        heartbeats.receive("k", Ping("start"), NOW + 1)
        heartbeats.receive("k", Ping("success"), NOW + 2)
    evaluate(settings, NOW + 2)
    assert firing() == {}
    assert Alert.get().message == "nightly is up again"


def test_a_rule_that_is_fine_does_not_say_that_it_was_not(reachability: Check, settings: Settings) -> None:
    operations(100)
    observe(reachability, "up", NOW)
    evaluate(settings, NOW)
    config = runtime_config.current(settings).config
    said = {s.rule.type: s.verdict.message for s in evaluation.judge(settings, config, NOW).values()}
    assert said["slow_queries"] == "Slow queries: 0 in the last 5m, not above the warning threshold of 3"
    assert said["system_down"] == "API is up"


def test_its_end_says_that_it_is_over(store: Path, settings: Settings) -> None:
    operations(100, failed=4)
    evaluate(settings, NOW)
    operations(900, at=NOW + MINUTE)
    evaluate(settings, NOW + MINUTE)
    assert Alert.get().message == "High error rate: back to normal at 0.4 %"


def test_it_takes_an_unmeasured_check_for_no_data(reachability: Check, settings: Settings) -> None:
    observe(reachability, "down", NOW)
    observe(reachability, "down", NOW + 1)
    evaluate(settings, NOW + 1)
    observe(reachability, "unknown", NOW + 2)
    evaluate(settings, NOW + 2)
    assert firing() == {"system_down": "critical"}


def test_it_counts_an_event_once_however_often_it_folds(store: Path, settings: Settings) -> None:
    operations(10)
    evaluate(settings, NOW)
    evaluate(settings, NOW)
    assert rollups.window("operation_duration_ms", 5 * MINUTE, NOW).count == 10


def test_it_gives_each_notification_an_id_of_its_own(store: Path, settings: Settings) -> None:
    operations(100, failed=20)
    evaluate(settings, NOW)
    ids = [row.uid for row in Notification.select()]
    assert len(set(ids)) == len(ids) == 4 and all(uuid.UUID(uid) for uid in ids)


def test_it_takes_the_claims_in_order_for_each_alert(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    evaluate(settings, NOW + 25 * HOUR)
    first = one_by_one.claim("slack", NOW + 26 * HOUR)
    assert first and first[0].change == "firing"
    assert one_by_one.claim("slack", NOW + 26 * HOUR) is None
    one_by_one.delivered(*first, "ok", NOW + 26 * HOUR)
    second = one_by_one.claim("slack", NOW + 26 * HOUR)
    assert second and second[0].change == "resolved"


def hush(minutes: int, now: int) -> int:
    with db.write():
        matcher = Matcher("type", "=", "critical_error")
        return silences.add([matcher], now, now + minutes * MINUTE, "ada", "deploy", now).id


def slack() -> list[str]:
    return [change for channel, change, _ in owed() if channel == "slack"]


def test_a_silence_holds_the_message_and_its_end_lets_it_out(store: Path, settings: Settings) -> None:
    hush(10, NOW)
    critical("payment")
    assert evaluate(settings, NOW) == NOW + 10 * MINUTE
    assert firing() == {"critical_error": "critical"} and slack() == []
    evaluate(settings, NOW + 10 * MINUTE)
    assert slack() == ["firing"]


def test_a_silence_that_is_ended_early_lets_it_out_at_once(store: Path, settings: Settings) -> None:
    silence = hush(60, NOW)
    critical("payment")
    evaluate(settings, NOW)
    with db.write():
        assert silences.expire(silence, NOW + MINUTE)
        assert not silences.expire(silence, NOW + 2 * MINUTE)
    evaluate(settings, NOW + MINUTE)
    assert slack() == ["firing"]


def test_the_end_is_told_through_a_silence_to_who_heard_of_the_start(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    hush(60 * 24, NOW + 24 * HOUR)
    evaluate(settings, NOW + 25 * HOUR)
    assert slack() == ["firing", "resolved"]


def test_what_began_and_ended_in_silence_is_told_to_nobody(store: Path, settings: Settings) -> None:
    hush(60 * 48, NOW)
    critical("payment")
    evaluate(settings, NOW)
    evaluate(settings, NOW + 25 * HOUR)
    assert firing() == {} and slack() == []


def acknowledge(until: int | None = None) -> None:
    with db.write():
        alerts.acknowledge(Alert.open()[0], "ada", "looking", until, NOW + MINUTE)


def test_an_acknowledged_alert_is_not_repeated_but_its_end_is_told(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    acknowledge()
    critical("payment", NOW + 6 * MINUTE)
    evaluate(settings, NOW + 12 * MINUTE)
    assert slack() == ["firing"]
    evaluate(settings, NOW + 26 * HOUR)
    assert slack() == ["firing", "resolved"]


def test_an_acknowledged_alert_that_gets_worse_is_told(store: Path, settings: Settings) -> None:
    operations(100, failed=3)
    evaluate(settings, NOW)
    acknowledge()
    operations(10, failed=6, at=NOW + 2 * MINUTE)
    evaluate(settings, NOW + 2 * MINUTE)
    assert ("slack", "escalated", "critical") in owed()


def test_an_acknowledgement_lapses_and_reminders_go_on(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    acknowledge(until=NOW + HOUR)
    assert evaluate(settings, NOW + 2 * MINUTE) == NOW + HOUR
    evaluate(settings, NOW + HOUR)
    [alert] = Alert.open()
    assert alert.status == "firing" and alert.acknowledged_by is None
    evaluate(settings, NOW + 4 * HOUR)
    assert slack() == ["firing", "repeat"]


def refuse(now: int) -> int:
    """The provider refuses for good whatever is owed; returns how many messages that were."""
    count = 0
    while claimed := one_by_one.claim("slack", now):
        one_by_one.failed(*claimed, "404 no_service", now, permanent=True)
        count += 1
    return count


def test_it_does_not_hammer_a_channel_that_refuses_for_good(store: Path, settings: Settings) -> None:
    critical("payment")
    sent = 0
    for second in range(0, 60 * 11, 20):
        now = NOW + second * 1000
        evaluate(settings, now)
        sent += refuse(now)
    assert sent == 3  # at once, and after each cooldown of five minutes


def test_it_uses_a_corrected_channel_at_once(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    assert refuse(NOW) == 1
    with db.write():
        correct = {"slack": {"webhookUrl": "http://127.0.0.1:9/other"}}
        runtime_config.change(settings, correct, "ada", NOW + 1000)
    evaluate(settings, NOW + 1000)
    assert slack() == ["firing", "firing"]


def test_it_offers_a_refused_end_again_until_it_is_taken(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    one_by_one.delivered(*claimed_slack(NOW), "ok", NOW)
    over = NOW + 26 * HOUR
    tries = 0
    for second in range(0, 60 * 11, 20):
        now = over + second * 1000
        evaluate(settings, now)
        tries += refuse(now)
    assert tries == 3
    evaluate(settings, over + 15 * MINUTE)
    one_by_one.delivered(*claimed_slack(over + 15 * MINUTE), "ok", over + 15 * MINUTE)
    evaluate(settings, over + 30 * MINUTE)
    assert slack() == ["firing", *["resolved"] * 4]


def test_it_offers_a_refused_end_at_once_to_a_corrected_channel(store: Path, settings: Settings) -> None:
    critical("payment")
    evaluate(settings, NOW)
    one_by_one.delivered(*claimed_slack(NOW), "ok", NOW)
    over = NOW + 26 * HOUR
    evaluate(settings, over)
    assert refuse(over) == 1
    with db.write():
        runtime_config.change(settings, {"slack": {"channel": "#other"}}, "ada", over + 1000)
    evaluate(settings, over + 1000)
    assert slack() == ["firing", "resolved", "resolved"]


def claimed_slack(now: int) -> tuple[Notification, Attempt]:
    claimed = one_by_one.claim("slack", now)
    assert claimed
    return claimed


def down(name: str, now: int, *, behind: Check | None = None) -> Check:
    """A check that is down for certain."""
    with db.write():
        check, _ = Check.get_or_create(
            name=name,
            defaults={
                "kind": "http", "spec": {}, "interval_ms": 30_000, "origin": "user", "created_at": now,
                "depends_on": behind.id if behind else None,
            },
        )  # fmt: skip
    observe(check, "down", now)
    observe(check, "down", now)
    return check


def about(check: Check) -> list[str]:
    """What Slack was told of a check."""
    rows = Notification.select().where(Notification.channel == "slack").order_by(Notification.id)
    return [row.change for row in rows if row.body["labels"] == {"check": check.name}]


def test_what_stands_behind_a_dead_parent_is_muted(store: Path, settings: Settings) -> None:
    parent = down("router", NOW)
    child = down("API", NOW, behind=parent)
    grandchild = down("shop", NOW, behind=child)
    evaluate(settings, NOW)
    assert (about(parent), about(child), about(grandchild)) == (["firing"], [], [])
    observe(parent, "up", NOW + MINUTE)
    evaluate(settings, NOW + MINUTE)
    assert (about(parent), about(child), about(grandchild)) == (["firing", "resolved"], ["firing"], [])


def test_it_waits_for_the_second_look_at_the_parent(store: Path, settings: Settings) -> None:
    parent = down("router", NOW)
    observe(parent, "up", NOW)
    observe(parent, "down", NOW)
    child = down("API", NOW, behind=parent)
    evaluate(settings, NOW)
    assert about(child) == []
    observe(parent, "up", NOW + 1000)
    evaluate(settings, NOW + 1000)
    assert (about(parent), about(child)) == ([], ["firing"])


def test_the_end_of_a_child_is_told_although_its_parent_is_down(store: Path, settings: Settings) -> None:
    parent = down("router", NOW)
    observe(parent, "up", NOW)
    child = down("API", NOW, behind=parent)
    evaluate(settings, NOW)
    down("router", NOW + MINUTE)
    evaluate(settings, NOW + MINUTE)
    observe(child, "up", NOW + 2 * MINUTE)
    evaluate(settings, NOW + 2 * MINUTE)
    assert about(child) == ["firing", "resolved"]


def test_a_maintenance_window_holds_and_its_end_lets_out(store: Path, settings: Settings) -> None:
    with db.write():
        maintenance.add([], NOW - 1, None, 30 * MINUTE, "ada", "move", NOW)
    critical("payment")
    assert evaluate(settings, NOW) == NOW - 1 + 30 * MINUTE
    assert slack() == []
    evaluate(settings, NOW - 1 + 30 * MINUTE)
    assert slack() == ["firing"]


def test_a_recurring_window_runs_for_its_duration_and_again(store: Path) -> None:
    first = parse_iso("2026-06-10T00:00:00Z")  # 02:00 in Berlin
    with db.write():
        row = maintenance.add(
            [], first - HOUR, None, HOUR, "ada", "backup", first, cron="0 2 * * *", zone="Europe/Berlin"
        )
    assert maintenance.holding(first - 1) == []
    assert [span.ends_at for span in maintenance.holding(first + HOUR - 1)] == [first + HOUR]
    assert maintenance.holding(first + HOUR) == []
    assert maintenance.next_start(row, first) == first + 24 * HOUR
    with db.write():
        assert maintenance.expire(row.id, first + 23 * HOUR)
    assert maintenance.holding(first + 24 * HOUR) == []


def test_a_flapping_alert_says_so_once_and_then_waits_for_calm(store: Path, settings: Settings) -> None:
    check = down("API", NOW)
    evaluate(settings, NOW)
    for minute in range(1, 20):
        now = NOW + minute * MINUTE
        observe(check, "up" if minute % 2 else "down", now)
        if minute % 2 == 0:
            observe(check, "down", now)
        evaluate(settings, now)
    told = list(Notification.select().where(Notification.channel == "slack").order_by(Notification.id))
    assert [row.change for row in told] == ["firing", "resolved"] * 2
    assert ["it flaps" in row.body["text"] for row in told] == [False, False, True, True]
    down("API", NOW + 20 * MINUTE)
    assert evaluate(settings, NOW + 20 * MINUTE) == NOW + 30 * MINUTE
    assert len(about(check)) == 4
    evaluate(settings, NOW + 30 * MINUTE)
    assert about(check)[4:] == ["firing"]


def test_an_acknowledgement_that_ran_out_wakes_and_reminds(store: Path, settings: Settings) -> None:
    down("API", NOW)
    evaluate(settings, NOW)
    [alert] = Alert.open()
    with db.write():
        alerts.acknowledge(alert, "ada", "mine", NOW + 5 * HOUR, NOW)
    assert evaluate(settings, NOW + HOUR) == NOW + 5 * HOUR
    assert slack() == ["firing"]
    evaluate(settings, NOW + 5 * HOUR)
    assert slack() == ["firing", "repeat"] and Alert.open()[0].status == "firing"


def test_it_explains_what_was_told_and_what_is_held(store: Path, settings: Settings) -> None:
    parent = down("router", NOW)
    down("API", NOW, behind=parent)
    evaluate(settings, NOW)
    told, held = Alert.open()[::-1] if Alert.open()[0].labels["check"] == "API" else Alert.open()
    first = why.explain(settings, told, NOW)
    assert [row["change"] for row in first["channels"]["slack"]["told"]] == ["firing"]
    assert first["channels"]["slack"]["now"]["reason"] == "repeat interval"
    assert first["verdict"]["outcome"] == "breached" and first["muted"] is None
    second = why.explain(settings, held, NOW)
    assert second["channels"]["email"]["told"] == []
    assert second["channels"]["email"]["now"]["reason"].startswith("parent: it depends on router")
    assert any("router" in line for line in why.sentences(second))
