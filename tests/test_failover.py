"""Failover on a real store: alerts, evaluation and outbox as they are, providers by what they answered."""

from pathlib import Path

import pytest

from gamepilot_mon import (
    alerts,
    channel_health,
    contents,
    custom_alert,
    db,
    dead_letters,
    evaluation,
    failover,
    outbox,
    owing,
    runtime_config,
    silences,
    storm,
    why,
)
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS
from gamepilot_mon.custom_alert import CustomAlert
from gamepilot_mon.models import Alert, Notification
from gamepilot_mon.mutes import parse
from gamepilot_mon.settings import Settings
from tests import one_by_one

NOW = 1_790_000_000_000
STANDBY = {"slack": "email"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return with_environment(tmp_path)


def with_environment(folder: Path, **more: str) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/state/mon.db", "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "https://hooks.example/services/x", "EMAIL_TO": "a@b.example",
            "GAMEPILOT_MON_SLACK_FAILOVER": "email", **more,
        },
        dotenv=None,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _store(store: Path) -> None:
    """Every test here needs one."""


def fire(settings: Settings, name: str = "payment", severity: str = "critical", now: int = NOW) -> Alert:
    wanted = CustomAlert(type="drill", severity=severity, message=name, labels={"name": name})  # type: ignore[arg-type]
    with db.write():
        return custom_alert.raise_alert(settings, wanted, now)


def end(settings: Settings, alert: Alert, now: int) -> None:
    with db.write():
        over = Alert.get_by_id(alert.id)
        alerts.close(over, now)
        owing.notify(settings, runtime_config.current(settings).config, over, now)


def take_over(settings: Settings, now: int = NOW, failovers: dict[str, str] = STANDBY) -> int:
    return failover.take_over(failovers, runtime_config.current(settings).config, now)


def fail(times: int, now: int = NOW, channel: str = "slack") -> None:
    """So many attempts in a row at what is owed, whether they are due or not."""
    for _ in range(times):
        Notification.update(due_at=now).where(Notification.state == "pending").execute()
        claimed = one_by_one.claim(channel, now)
        assert claimed
        one_by_one.failed(*claimed, "503", now)


def break_down(channel: str = "slack", now: int = NOW) -> None:
    with db.write():
        for _ in range(5):
            channel_health.failed(channel, "503", now, None)


def refuse(now: int, channel: str = "slack") -> int:
    count = 0
    while claimed := one_by_one.claim(channel, now):
        one_by_one.failed(*claimed, "404 no_service", now, permanent=True)
        count += 1
    return count


def deliver(now: int, channel: str = "email") -> list[str]:
    """What the channel takes, in order."""
    taken = []
    while claimed := one_by_one.claim(channel, now):
        one_by_one.delivered(*claimed, "250 ok", now)
        taken.append(claimed[0].change)
    return taken


def test_it_fails_over_after_three_attempts_and_once(settings: Settings) -> None:
    fire(settings)
    made = []
    for _ in range(4):
        fail(1)
        made.append(take_over(settings))
    assert made == [0, 0, 1, 0]
    claimed = one_by_one.claim("email", NOW)
    assert claimed and contents.message(claimed[0], NOW).instead_of == "slack"


def test_it_fails_over_at_once_when_the_channel_is_out(settings: Settings) -> None:
    fire(settings)
    fire(settings, "trifle", "warning")
    break_down()
    assert take_over(settings) == 1


def test_it_does_not_double_what_the_other_channel_is_owed_anyway(tmp_path: Path) -> None:
    settings = with_environment(tmp_path, EMAIL_ENABLED="true", GAMEPILOT_MON_EMAIL_FAILOVER="slack")
    fire(settings)
    break_down()
    assert take_over(settings, failovers={"slack": "email", "email": "slack"}) == 0


def test_it_does_not_hand_on_what_was_handed_on(settings: Settings) -> None:
    fire(settings)
    break_down()
    break_down("email")
    failovers = {"slack": "email", "email": "slack"}
    assert [take_over(settings, failovers=failovers) for _ in range(2)] == [1, 0]


def test_it_tells_the_end_to_who_heard_of_it_by_failover_only(settings: Settings) -> None:
    serious, other = fire(settings), fire(settings, "trifle", "warning")
    break_down()
    take_over(settings)
    end(settings, serious, NOW + 1)
    end(settings, other, NOW + 1)
    take_over(settings, NOW + 2)
    take_over(settings, NOW + 3)
    assert deliver(NOW + 4) == ["firing", "resolved"]
    told = Notification.get((Notification.channel == "email") & (Notification.change == "resolved"))
    assert told.body["status"] == "resolved" and contents.message(told, NOW).instead_of == "slack"


def test_it_tells_what_was_over_before_anybody_could_be_told(settings: Settings) -> None:
    alert = fire(settings)
    end(settings, alert, NOW + 1_000)
    break_down()
    take_over(settings, NOW + 2_000)
    take_over(settings, NOW + 3_000)
    assert deliver(NOW + 3_000) == ["firing", "resolved"]


def test_it_does_not_tell_what_has_long_been_over(settings: Settings) -> None:
    alert = fire(settings)
    end(settings, alert, NOW + 1_000)
    break_down()
    assert take_over(settings, NOW + 1_000 + failover.STALE_MS) == 0


def test_it_tells_once_what_a_channel_refuses_again_and_again(settings: Settings) -> None:
    """The refusing channel is asked after each cooldown; who stands in knows already, and hears of the end."""
    alert = fire(settings)
    refused, heard = 0, []
    for minute in range(60):
        now = NOW + minute * MINUTE_MS
        evaluation.evaluate(settings, now)
        refused += refuse(now)
        take_over(settings, now)
        heard += deliver(now)
    assert refused == 12 and heard == ["firing"]
    end(settings, alert, NOW + HOUR_MS)
    take_over(settings, NOW + HOUR_MS)
    assert deliver(NOW + HOUR_MS) == ["resolved"] and refuse(NOW + HOUR_MS) == 0


def test_it_says_once_that_a_channel_refuses_again_and_again(tmp_path: Path) -> None:
    settings = with_environment(tmp_path, EMAIL_ENABLED="true", GAMEPILOT_MON_SLACK_FAILOVER="")
    fire(settings, severity="warning")
    for minute in range(60):
        now = NOW + minute * MINUTE_MS
        evaluation.evaluate(settings, now)
        refuse(now)
        dead_letters.report(settings, now)
        deliver(now)
    [about] = Alert.select().where(Alert.type == "delivery_failed")
    told = Notification.select().where(Notification.alert_id == about.id)
    assert [(row.channel, row.change) for row in told] == [("email", "firing")] and about.value == 12
    fire(settings, "serious", now=NOW + HOUR_MS)
    refuse(NOW + HOUR_MS)
    dead_letters.report(settings, NOW + HOUR_MS)
    assert [row.change for row in told.clone()] == ["firing", "escalated"]


def test_it_says_why_a_channel_does_not_hear_about_itself(tmp_path: Path) -> None:
    settings = with_environment(tmp_path, EMAIL_ENABLED="true")
    fire(settings)
    refuse(NOW)
    dead_letters.report(settings, NOW)
    about = Alert.get(Alert.type == "delivery_failed")
    assert why.explain(settings, about, NOW)["channels"]["slack"]["now"]["reason"] == (
        "the alert is about this channel"
    )


def test_it_says_that_a_standby_hears_of_nothing_else(settings: Settings) -> None:
    alert = fire(settings)
    break_down()
    take_over(settings)
    assert why.explain(settings, alert, NOW)["channels"]["email"]["now"]["reason"] == (
        "it only stands in for another channel"
    )


def test_it_repeats_there_what_is_repeated_here(settings: Settings) -> None:
    fire(settings)
    break_down()
    take_over(settings)
    deliver(NOW)
    for again in (5 * MINUTE_MS, 10 * MINUTE_MS):
        fire(settings, now=NOW + again)
    break_down(now=NOW + 10 * MINUTE_MS)
    take_over(settings, NOW + 10 * MINUTE_MS)
    take_over(settings, NOW + 10 * MINUTE_MS)
    assert deliver(NOW + 10 * MINUTE_MS) == ["repeat"]


@pytest.mark.parametrize(("repeat", "told"), [("20m", ["firing", "repeat"]), (None, ["firing"])])
def test_it_repeats_as_often_as_the_route_of_the_alert_says(
    settings: Settings, repeat: str | None, told: list[str]
) -> None:
    route = {"channels": ["slack"]} | ({"repeat": repeat} if repeat else {})
    with db.write():
        runtime_config.change(settings, {"routes": [route], "repeatInterval": "12h"}, "ada", NOW - HOUR_MS)
    alert = fire(settings)
    break_down()
    take_over(settings)
    with db.write():
        repeated = outbox.Owed("slack", "repeat", route="route 1, step 1")
        outbox.enqueue(alert, [repeated], NOW + 20 * MINUTE_MS, None)
    break_down(now=NOW + 20 * MINUTE_MS)
    take_over(settings, NOW + 20 * MINUTE_MS)
    assert deliver(NOW + 20 * MINUTE_MS) == told


def test_it_waits_while_the_alert_is_muted(settings: Settings) -> None:
    fire(settings)
    with db.write():
        silences.add([parse("name=payment")], NOW, NOW + HOUR_MS, "ada", "known", NOW)
    break_down()
    assert take_over(settings, NOW + 1) == 0
    assert take_over(settings, NOW + HOUR_MS) == 1


def test_it_does_not_tell_what_began_and_ended_within_a_mute(settings: Settings) -> None:
    alert = fire(settings)
    with db.write():
        silences.add([parse("name=payment")], NOW, NOW + HOUR_MS, "ada", "known", NOW)
    break_down()
    end(settings, alert, NOW + 10 * MINUTE_MS)
    assert [take_over(settings, NOW + after) for after in (11 * MINUTE_MS, HOUR_MS)] == [0, 0]


def test_it_tells_the_end_in_spite_of_a_mute_to_who_heard_of_the_start(settings: Settings) -> None:
    alert = fire(settings)
    break_down()
    take_over(settings)
    with db.write():
        silences.add([parse("name=payment")], NOW, NOW + HOUR_MS, "ada", "known", NOW)
    end(settings, alert, NOW + MINUTE_MS)
    take_over(settings, NOW + MINUTE_MS)
    assert deliver(NOW + MINUTE_MS) == ["firing", "resolved"]


def test_it_leaves_in_peace_what_a_person_owns_already(settings: Settings) -> None:
    alert = fire(settings)
    with db.write():
        alerts.acknowledge(alert, "ada", None, None, NOW + 1)
    break_down()
    assert take_over(settings, NOW + 2) == 0


def test_it_does_not_tell_a_channel_that_it_fails_itself(tmp_path: Path) -> None:
    settings = with_environment(tmp_path, EMAIL_ENABLED="true", GAMEPILOT_MON_EMAIL_FAILOVER="slack")
    fire(settings)
    refuse(NOW)
    dead_letters.report(settings, NOW)
    deliver(NOW)
    break_down("email")
    assert take_over(settings, failovers={"email": "slack"}) == 0


def test_it_tries_a_broken_or_paused_channel_at_once_when_it_was_corrected(settings: Settings) -> None:
    fire(settings)
    break_down()
    with db.write():
        channel_health.failed("slack", "429", NOW, HOUR_MS)
    assert (
        channel_health.outdated(runtime_config.changed_at()) == []
        and one_by_one.claim("slack", NOW + 1) is None
    )
    with db.write():
        runtime_config.change(settings, {"slack": {"channel": "#other"}}, "ada", NOW + 1)
    names = channel_health.outdated(runtime_config.changed_at())
    with db.write():
        channel_health.renew(names, NOW + 2)
    assert names == ["slack"] and one_by_one.claim("slack", NOW + 2) is not None


def test_it_offers_a_refused_end_to_the_standby_again(settings: Settings) -> None:
    alert = fire(settings)
    break_down()
    take_over(settings)
    deliver(NOW)
    end(settings, alert, NOW + 1)
    tries = 0
    for minute in range(11):
        take_over(settings, NOW + 1 + minute * MINUTE_MS)
        tries += refuse(NOW + 1 + minute * MINUTE_MS, "email")
    assert tries == 3
    later = NOW + 16 * MINUTE_MS
    take_over(settings, later)
    assert deliver(later) == ["resolved"] and take_over(settings, later + HOUR_MS) == 0


def test_it_tells_every_end_although_a_summary_of_ends_was_refused(tmp_path: Path) -> None:
    """Who heard of firing hears of resolved, also when a storm summary was to say it and was refused."""
    settings = with_environment(tmp_path, GAMEPILOT_MON_SLACK_FAILOVER="")
    fired = [fire(settings, f"shop {number}", "warning") for number in range(30)]
    assert deliver(NOW, "slack") == ["firing"] * 30
    for alert in fired:
        end(settings, alert, NOW + 1)
    assert storm.sum_up("slack", NOW + 1) and refuse(NOW + 1) == 1
    evaluation.evaluate(settings, NOW + 2 * MINUTE_MS)
    assert deliver(NOW + 2 * MINUTE_MS, "slack") == []
    later = NOW + 6 * MINUTE_MS
    evaluation.evaluate(settings, later)
    assert storm.sum_up("slack", later) and deliver(later, "slack") == ["summary"]
    evaluation.evaluate(settings, later + HOUR_MS)
    told = Notification.select().where((Notification.change == "resolved") & (Notification.state == "sent"))
    assert {row.alert_id for row in told} == {alert.id for alert in fired}
    assert deliver(later + HOUR_MS, "slack") == []
