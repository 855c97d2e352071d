"""Config versions: what differs, the way back, and rules beside it."""

from collections.abc import Iterator

import pytest

from gamepilot_mon import db, runtime_config
from gamepilot_mon.auth import users
from gamepilot_mon.models import ConfigVersion, RuleVersion
from gamepilot_mon.settings import Settings
from tests.emptied import CONFIGURED, RULES, empty
from tests.serving import Server
from tests.web.signing_in import Browser, add_user, signed_in


@pytest.fixture
def own(shared: Server) -> Server:
    empty(*CONFIGURED, *RULES)
    return shared


@pytest.fixture
def admin(own: Server) -> Iterator[Browser]:
    if not users.find("boss"):
        add_user("boss", "admin")
    with signed_in(own, "boss") as browser:
        yield browser


def put(server: Server, **document: object) -> None:
    answer = server.request("PUT", "/api/realtime/config", "admin", json=document)
    assert answer.status_code == 200, answer.text


def test_it_teaches_when_nothing_was_changed(own: Server, admin: Browser) -> None:
    assert "Nothing was changed yet" in admin.get("/config-versions").text
    assert "No rule of your own yet" in admin.get("/config-versions/rules").text


def test_it_shows_what_differs_and_goes_back(own: Server, admin: Browser) -> None:
    put(own, cooldown=600_000)
    put(own, thresholds={"errorRate": {"critical": 0.09}})

    newest = admin.get("/config-versions").text
    both = admin.get("/config-versions?from=0&to=2").text
    asked = admin.get("/config-versions/1/restore").text

    assert "+</span>thresholds.errorRate.critical: 0.09</ins>" in newest
    assert "−</span>thresholds.errorRate.critical: 0.05</del>" in newest
    assert "cooldown: 600000</ins>" not in newest and "cooldown: 600000</ins>" in both
    assert "thresholds.errorRate.critical: 0.05</ins>" in asked

    answer = admin.submit("/config-versions/1/restore", reason="it was too lax")

    assert answer.headers["Location"] == "/config-versions"
    row = ConfigVersion.newest()
    assert row and (row.author, row.reason) == ("boss", "back to version 1: it was too lax")
    assert "it was too lax" in admin.get("/config-versions").text
    settings = Settings.from_env({}, dotenv=None)
    assert runtime_config.current(settings).config.thresholds.error_rate.critical == 0.05


def test_it_hides_secrets_and_says_that_they_changed(own: Server, admin: Browser) -> None:
    for name in ("first", "second"):
        put(own, slack={"webhookUrl": f"https://hooks.slack.com/services/{name}"})

    page = admin.get("/config-versions?from=1&to=2").text

    assert "hooks.slack.com" not in page
    assert "slack.webhookUrl: *** (another value)</ins>" in page


def test_it_knows_no_other_versions(own: Server, admin: Browser) -> None:
    put(own, cooldown=600_000)

    assert admin.get("/config-versions?from=7&to=9").status_code == 404
    assert admin.get("/config-versions/9/restore").status_code == 404
    assert admin.submit("/config-versions/1/restore", "/config-versions/9/restore").status_code in (303, 404)


def test_it_compares_with_the_version_before_when_numbers_are_missing(own: Server, admin: Browser) -> None:
    for cooldown in (600_000, 660_000, 720_000, 780_000):
        put(own, cooldown=cooldown)
    with db.write():
        ConfigVersion.delete().where(ConfigVersion.id << (1, 3)).execute()

    newest = admin.get("/config-versions").text
    oldest = admin.get("/config-versions?to=2").text

    assert "cooldown: 660000</del>" in newest and "cooldown: 780000</ins>" in newest
    assert "cooldown: 660000</ins>" in oldest


def test_a_viewer_looks_and_changes_nothing(own: Server, admin: Browser) -> None:
    put(own, cooldown=600_000)
    add_user("vera")
    with signed_in(own, "vera") as viewer:
        page = viewer.get("/config-versions").text

        assert "cooldown: 600000" in page
        assert "/restore" not in page
        assert viewer.get("/config-versions/0/restore").status_code == 403
        assert viewer.submit("/account", "/config-versions/0/restore").status_code == 403
    row = ConfigVersion.newest()
    assert row and row.id == 1


def test_it_puts_a_rule_back(own: Server, admin: Browser) -> None:
    for critical in (900, 950):
        body = {"metric": "latency_ms", "statistic": "max", "warning": 500, "critical": critical}
        answer = own.request("PUT", "/api/v1/rules/slow-login", "admin", json=body)
        assert answer.status_code == 200, answer.text
    page = admin.get("/config-versions/rules").text
    assert "+</span>critical: 950" in page and "−</span>critical: 900" in page

    first = RuleVersion.of("slow-login", 9)[-1]
    answer = admin.submit("/config-versions/rules", name="slow-login", version=str(first.id))

    assert answer.headers["Location"] == "/config-versions/rules"
    newest = RuleVersion.of("slow-login", 1)[0]
    assert newest.author == "boss" and newest.new["critical"] == 900
