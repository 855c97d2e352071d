"""Channels that nothing went through for long are sent a test message, on a real store with moments passed in."""

from pathlib import Path

import pytest

from daemon.jobs import Context
from daemon.jobs.canary import Canary
from gamepilot_mon import (
    canary,
    channel_health,
    contents,
    db,
    dead_letters,
    diagnosis,
    ledger,
    runtime_config,
)
from gamepilot_mon.channels import wording
from gamepilot_mon.channels.pagerduty.config import PagerDutyConfig
from gamepilot_mon.channels.pagerduty.event import event
from gamepilot_mon.clock import parse_iso
from gamepilot_mon.ledger import Wanted
from gamepilot_mon.models import Alert, ChannelState, Notification
from gamepilot_mon.settings import Settings, SettingsError
from tests import one_by_one

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = parse_iso("2026-11-02T09:20:00Z")

ENVIRON = {
    "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": "https://hooks.example/services/x",
    "EMAIL_TO": "a@b.example", "GAMEPILOT_MON_SLACK_FAILOVER": "email",
    "GAMEPILOT_MON_WEBHOOK_ENABLED": "true", "GAMEPILOT_MON_WEBHOOK_URL": "https://hook.example/",
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return own(tmp_path)


def own(folder: Path, **more: str) -> Settings:
    url = f"sqlite:///{folder}/state/mon.db"
    return Settings.from_env({"GAMEPILOT_MON_DATABASE_URL": url, **ENVIRON, **more}, dotenv=None)


@pytest.fixture(autouse=True)
def _store(store: Path) -> None:
    """Every test here needs one."""


def run(settings: Settings, now: int) -> list[str]:
    """One run of the job; the channels that were newly sent a canary."""
    before = Notification.select().count()
    Canary(Context(settings, lambda: False, lambda _: None)).run(now)
    return [row.channel for row in Notification.select().order_by(Notification.id).offset(before)]


def prove(now: int, *names: str) -> None:
    with db.write():
        for name in names or ("slack", "email", "webhook"):
            channel_health.works(name, now)


def claim(channel: str, now: int) -> None:
    claimed = one_by_one.claim(channel, now)
    assert claimed
    one_by_one.delivered(*claimed, "200 ok", now)


@pytest.mark.parametrize(
    ("proven", "seen", "expected"),
    [
        (None, "2026-11-02T09:20:00Z", "2026-11-03T09:00:00Z"),
        (None, "2026-11-02T08:20:00Z", "2026-11-02T09:00:00Z"),
        ("2026-11-02T08:00:00Z", "2026-10-01T00:00:00Z", "2026-11-09T09:00:00Z"),
        ("2026-11-02T09:00:05Z", "2026-10-01T00:00:00Z", "2026-11-09T09:00:00Z"),
    ],
)
def test_it_is_due_at_the_civil_hour_that_comes_first(proven: str | None, seen: str, expected: str) -> None:
    proven_at = parse_iso(proven) if proven else None
    assert canary.due_at(proven_at, parse_iso(seen), 7 * DAY, 9) == parse_iso(expected)


def test_a_channel_that_was_never_proven_is_at_the_next_civil_hour(settings: Settings) -> None:
    assert run(settings, NOW) == []
    assert run(settings, NOW + 12 * HOUR) == []
    assert run(settings, NOW + DAY) == ["slack", "webhook", "email"]
    assert run(settings, NOW + DAY + 60_000) == []


def test_a_named_channel_is_proven_as_well_whatever_the_routes_say(settings: Settings) -> None:
    named = {"ops": {"kind": "webhook", "url": "https://hook.example/ops"}}
    with db.write():
        document = {"channels": named, "routes": [{"channels": ["slack"]}]}
        runtime_config.change(settings, document, "ada", NOW)
    run(settings, NOW)
    assert run(settings, NOW + DAY) == ["slack", "webhook", "ops", "email"]
    assert "ops works" in Notification.get(Notification.channel == "ops").body["text"]


def test_a_quiet_channel_is_proven_once_a_week(settings: Settings) -> None:
    run(settings, NOW)
    prove(NOW)
    sent = []
    for hour in range(24 * 30):
        now = NOW + hour * HOUR
        for name in run(settings, now):
            claim(name, now)
            sent.append((name, hour // 24))
    assert [day for name, day in sent if name == "slack"] == [7, 14, 21, 28]
    assert len(sent) == 12


def test_a_busy_channel_is_not(settings: Settings) -> None:
    run(settings, NOW)
    for day in range(30):
        prove(NOW + day * DAY)
        assert run(settings, NOW + day * DAY) == []


def test_nothing_is_sent_when_it_is_off(tmp_path: Path) -> None:
    for text in ("off", "0"):
        settings = own(tmp_path, GAMEPILOT_MON_CANARY=text)
        run(settings, NOW)
        assert settings.canary_ms == 0 and run(settings, NOW + 30 * DAY) == []
    with pytest.raises(SettingsError, match="1h or more, or off"):
        own(tmp_path, GAMEPILOT_MON_CANARY="5m")


def test_it_says_that_it_is_a_test_and_is_in_the_ledger(settings: Settings) -> None:
    run(settings, NOW)
    run(settings, NOW + DAY)
    row = Notification.get(Notification.channel == "slack")
    message = contents.message(row, NOW + DAY)
    assert wording.notes(message) == ["This is a test. Nothing is wrong."] and "slack works" in message.text
    claim("slack", NOW + DAY)
    [shown] = ledger.deliveries(Wanted(channel="slack"))
    assert (shown["change"], shown["type"], shown["state"]) == ("test", "canary", "sent")
    assert ledger.proven(ChannelState.of("slack"), NOW + DAY + 5_000) == "proven 5 s ago"


def test_it_waits_while_something_waits_for_the_channel_anyway(settings: Settings) -> None:
    run(settings, NOW)
    with db.write():
        canary.send(["slack"], None, NOW - 60 * DAY)
    assert run(settings, NOW + DAY) == ["webhook", "email"]


def test_a_refused_one_is_told_by_the_others_and_tried_again_the_next_day(settings: Settings) -> None:
    run(settings, NOW)
    run(settings, NOW + DAY)
    claimed = one_by_one.claim("slack", NOW + DAY)
    assert claimed
    one_by_one.failed(*claimed, "404 no_service", NOW + DAY, permanent=True)
    dead_letters.report(settings, NOW + DAY)
    about = Alert.get(Alert.type == "delivery_failed")
    assert {row.channel for row in Notification.select().where(Notification.alert_id == about.id)} == {
        "webhook"
    }
    assert "slack" in run(settings, NOW + 2 * DAY)
    claim("slack", NOW + 2 * DAY)
    dead_letters.report(settings, NOW + 2 * DAY)
    assert Alert.get_by_id(about.id).status == "resolved"


def test_it_pages_nobody_by_pagerduty(settings: Settings) -> None:
    with db.write():
        canary.send(["pagerduty"], None, NOW)
    message = contents.message(Notification.get(), NOW)
    config = PagerDutyConfig(routing_key="k" * 32, url="https://events.example/", trusted=False, allowed=())
    assert event(config, message)["event_action"] == "resolve"


def test_the_diagnosis_warns_of_what_is_not_proven_or_fails(settings: Settings) -> None:
    def proof() -> tuple[str, str]:
        [found] = [one for one in diagnosis.diagnose(settings, NOW) if one.subject == "proof"]
        return found.level, found.detail

    level, detail = proof()
    assert level == "warning" and "slack never proven" in detail
    prove(NOW - 3 * DAY)
    assert proof()[0] == "ok" and "slack proven 3 d ago" in proof()[1]
    with db.write():
        channel_health.failed("webhook", "503", NOW - 2 * HOUR, None)
    assert proof()[0] == "warning" and "failing since 2 h" in proof()[1]
    prove(NOW - 9 * DAY)
    assert "send a test" in proof()[1]
