"""Further channels in the runtime configuration: names, secrets, what they take from the main one."""

from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db, destinations, runtime_config
from gamepilot_mon.channels.email import EmailConfig
from gamepilot_mon.channels.slack import SlackConfig
from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.runtime_config import Problem, Stored
from gamepilot_mon.settings import Settings

NOW = 1_790_000_000_000
HOOK = "https://hooks.slack.example/services/a-secret-part"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/state/mon.db",
            "SMTP_HOST": "mail.example", "SMTP_PORT": "465", "SMTP_USER": "mon", "SMTP_PASS": "the main pass",
            "EMAIL_FROM": "mon@b.example",
        },
        dotenv=None,
    )  # fmt: skip


def change(settings: Settings, document: dict[str, Any]) -> Stored:
    with db.write():
        return runtime_config.change(settings, document, "ada", NOW)


def refused(settings: Settings, document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Problem) as problem, db.write():
        runtime_config.change(settings, document, "ada", NOW)
    return dict(problem.value.errors)


def config_of(settings: Settings, name: str) -> Any:
    stored = runtime_config.current(settings)
    return {d.name: d.config for d in destinations.destinations(settings, stored.config)}[name]


def test_it_adds_a_channel_of_a_kind_by_a_name_of_its_own(store: Path, settings: Settings) -> None:
    change(settings, {"channels": {"ops": {"kind": "slack", "webhookUrl": HOOK, "channel": "#ops"}}})
    stored = runtime_config.current(settings)
    assert destinations.enabled(stored.config) == ["ops"]
    assert config_of(settings, "ops") == SlackConfig(webhook_url=HOOK, channel="#ops")
    assert stored.sources["/channels/ops/webhookUrl"] == "override"


def test_it_masks_the_secrets_of_every_channel_and_keeps_them_when_they_come_back(
    store: Path, settings: Settings
) -> None:
    hook = {"kind": "webhook", "url": HOOK, "secret": "sixteen or more bytes"}
    change(settings, {"channels": {"hook": hook, "ops": {"kind": "slack", "webhookUrl": HOOK}}})
    shown = runtime_config.current(settings).public()
    assert "secret-part" not in str(shown) and "sixteen" not in str(shown)
    assert shown["channels"]["hook"] == {"kind": "webhook", "url": "***", "secret": "***"}
    change(settings, shown)
    assert ConfigVersion.select().count() == 1
    change(settings, {"channels": {"ops": {"webhookUrl": "***", "channel": "#other"}}})
    assert config_of(settings, "ops").webhook_url == HOOK and config_of(settings, "ops").channel == "#other"
    diffs = [str(version.diff) for version in ConfigVersion.select()]
    assert len(diffs) == 2 and not any("secret-part" in diff or "sixteen" in diff for diff in diffs)


def test_it_takes_a_channel_or_a_member_away_with_null(store: Path, settings: Settings) -> None:
    change(settings, {"channels": {"ops": {"kind": "slack", "webhookUrl": HOOK, "channel": "#ops"}}})
    change(settings, {"channels": {"ops": {"channel": None}}})
    assert config_of(settings, "ops").channel == "#alerts"
    assert (
        "is needed"
        in refused(settings, {"channels": {"ops": {"webhookUrl": None}}})["/channels/ops/webhookUrl"]
    )
    change(settings, {"channels": {"ops": None}})
    assert runtime_config.current(settings).document["channels"] == {}


def test_an_email_channel_takes_the_mail_host_from_the_main_one(store: Path, settings: Settings) -> None:
    change(settings, {"channels": {"boss": {"kind": "email", "to": ["boss@b.example"]}}})
    found = config_of(settings, "boss")
    assert isinstance(found, EmailConfig) and found.trusted
    assert (found.host, found.port, found.user, found.password) == (
        "mail.example",
        465,
        "mon",
        "the main pass",
    )
    assert (found.sender, found.recipients) == ("mon@b.example", ("boss@b.example",))
    change(settings, {"email": {"smtpHost": "new.example"}})
    assert config_of(settings, "boss").host == "new.example"


def test_it_gives_the_login_of_the_main_mail_host_to_no_other_host(store: Path, settings: Settings) -> None:
    boss = {"kind": "email", "to": ["boss@b.example"], "smtpHost": "elsewhere.example"}
    change(settings, {"channels": {"boss": boss}})
    found = config_of(settings, "boss")
    assert (found.user, found.password, found.trusted) == (None, None, False)


OPS = {"kind": "slack", "webhookUrl": HOOK}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"channels": {"slack": OPS}}, "/channels/slack", "is set at /slack"),
    ({"channels": {"Ops!": OPS}}, "/channels/Ops!", "small letters"),
    ({"channels": {"ops": {"webhookUrl": HOOK}}}, "/channels/ops/kind", "must be one of"),
    ({"channels": {"ops": {**OPS, "kind": "pigeon"}}}, "/channels/ops/kind", "must be one of"),
    ({"channels": {"ops": {**OPS, "webhookUrl": "ftp://x"}}}, "/channels/ops/webhookUrl", "http(s)"),
    ({"channels": {"ops": {**OPS, "chanel": "#x"}}}, "/channels/ops/chanel", "not a known member"),
    ({"channels": {"ops": {"kind": "slack"}}}, "/channels/ops/webhookUrl", "is needed"),
    ({"email": {"enabled": True, "to": []}}, "/email/to", "is needed"),
    ({"webhook": {"enabled": True}}, "/webhook/url", "is needed"),
    ({"pagerduty": {"enabled": True}}, "/pagerduty/routingKey", "is needed"),
    ({"channels": {"ops": 5}}, "/channels/ops", "must be an object"),
    ({"channels": 5}, "/channels", "must be an object"),
    ({"channels": {"ops": {"kind": "email", "to": ["x"]}}}, "/channels/ops/to/0", "e-mail address"),
    ({"channels": {"ops": {**OPS, "failover": "ops"}}}, "/channels/ops/failover", "another channel"),
    ({"channels": {"ops": {**OPS, "failover": "gone"}}}, "/channels/ops/failover", "no channel gone"),
    ({"channels": {"ops": {**OPS, "failover": "slack"}}}, "/channels/ops/failover", "not set up"),
    ({"slack": {"kind": "email"}}, "/slack/kind", "not a known member"),
]


@pytest.mark.parametrize(("document", "pointer", "words"), REFUSED)
def test_it_refuses_at_the_field(
    store: Path, settings: Settings, document: dict[str, Any], pointer: str, words: str
) -> None:
    found = refused(settings, document)
    assert words in found[pointer], found
    assert "secret-part" not in str(found) and ConfigVersion.select().count() == 0


def test_a_channel_may_stand_in_for_another_by_name(store: Path, settings: Settings) -> None:
    second = {"kind": "email", "to": ["boss@b.example"], "enabled": False}
    change(settings, {"channels": {"ops": {**OPS, "failover": "second"}, "second": second}})
    config = runtime_config.current(settings).config
    assert destinations.enabled(config) == ["ops"] and destinations.standbys(config) == ["second"]
    assert config.failovers == {"ops": "second"}


def test_a_plugin_that_is_gone_switches_off_its_channel_and_no_other(store: Path, settings: Settings) -> None:
    pigeon = {"kind": "pigeon", "loft": "a secret place", "failover": "ops"}
    override = {"channels": {"bird": pigeon, "ops": {**OPS, "failover": "bird"}}}
    with db.write():
        ConfigVersion.create(created_at=NOW, author="ada", override=override, diff=[])
    stored = runtime_config.current(settings)
    assert destinations.enabled(stored.config) == ["ops"] and stored.config.failovers == {}
    assert stored.public()["channels"]["bird"] == {"kind": "pigeon", "loft": "***", "failover": "ops"}
    change(settings, {"channels": {"bird": None, "ops": {"failover": None}}})
    assert set(runtime_config.current(settings).config.channels) == {*runtime_config.WELL_KNOWN, "ops"}


def test_a_url_that_left_the_environment_stops_its_channel_and_nothing_else(
    store: Path, settings: Settings
) -> None:
    had = Settings.from_env(
        {"GAMEPILOT_MON_DATABASE_URL": settings.database_url, "SLACK_WEBHOOK_URL": OPS["webhookUrl"]},
        dotenv=None,
    )
    with db.write():
        runtime_config.change(had, {"slack": {"enabled": True}, "channels": {"ops": OPS}}, "ada", NOW)
    assert runtime_config.current(had).config.can_send("slack")
    config = runtime_config.current(settings).config
    assert not config.can_send("slack") and config.can_send("ops")
