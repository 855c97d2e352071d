"""The pages of channels by a real server, with a stand-in for Slack behind it."""

import re
from collections.abc import Iterator

import pytest

from gamepilot_mon.catchers.slack import SlackCatcher
from tests.emptied import ALERTING, CONFIGURED, empty
from tests.serving import Server

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackCatcher]:
    with SlackCatcher() as catcher:
        yield catcher


@pytest.fixture(scope="module")
def environ_of_module(slack: SlackCatcher) -> dict[str, str]:
    return {"SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url}


@pytest.fixture
def own(shared: Server) -> Server:
    empty(*ALERTING, *CONFIGURED)
    return shared


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def config(server: Server) -> dict[str, object]:
    found: dict[str, object] = server.get("/api/realtime/config", role="viewer").json()["data"]
    return found


def test_it_shows_every_channel_and_what_one_lacks(own: Server) -> None:
    page = own.get("/channels", role="viewer").text
    assert all(f'id="channel-{name}"' in page for name in ("slack", "email", "webhook", "pagerduty"))
    assert "Never proven" in page
    assert "Not set up" in page
    assert "Still needed: Routing key" in page
    german = own.get("/channels", role="viewer", headers={"Accept-Language": "de"}).text
    assert "Es fehlt noch: Routing-Key" in german


def test_a_viewer_is_offered_nothing_that_would_be_refused(own: Server) -> None:
    page = own.get("/channels", role="viewer").text + own.get("/channels/slack", role="viewer").text
    assert "/test" not in page
    assert 'id="settings"' not in page


def test_a_test_shows_the_real_answer_and_proves_the_channel(own: Server, slack: SlackCatcher) -> None:
    before = len(slack.messages)
    page = own.post("/channels/slack/test", role="operator").text
    assert "the answer was" in page
    assert len(slack.messages) == before + 1
    assert "Working" in own.get("/channels", role="viewer").text


def test_a_new_channel_is_set_up_step_by_step(own: Server, slack: SlackCatcher) -> None:
    form = own.get("/channels/new?kind=slack", role="admin").text
    assert "hooks.slack.com" in form
    fields = {
        "name": "ops",
        "webhookUrl": slack.url,
        "channel": "#ops",
        "enabled": "on",
        "version": version(form),
    }
    answer = own.post("/channels/new?kind=slack", role="admin", data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/channels/ops")
    assert config(own)["channels"]["ops"]["channel"] == "#ops"  # type: ignore[index]
    assert slack.url not in own.get("/channels/ops", role="admin").text


WRONG = [
    ({"name": ""}, "name", "A name is needed"),
    ({"name": "slack"}, "name", "There is a channel of that name"),
    ({"name": "Ops Room"}, "name", ""),
    ({"name": "ops"}, "webhookUrl", "is needed while the channel is switched on"),
    ({"name": "ops", "webhookUrl": "ftp://x"}, "webhookUrl", "http(s) URL"),
    ({"name": "ops", "webhookUrl": "http://x.example", "failover": "nobody"}, "failover", ""),
    ({"name": "ops", "webhookUrl": "http://x.example", "channel": HOSTILE * 10}, "channel", "200"),
]


@pytest.mark.parametrize(
    ("fields", "member", "words"),
    WRONG,
    ids=["none", "taken", "not a name", "no address", "not an address", "unknown other", "too long"],
)
def test_a_mistake_is_named_at_its_field(
    own: Server, fields: dict[str, str], member: str, words: str
) -> None:
    answer = own.post("/channels/new?kind=slack", role="admin", data={"enabled": "on", **fields})
    assert answer.status_code in (409, 422)
    found = re.search(rf'id="{member}-error">.*?</p>', answer.text, re.DOTALL)
    assert found, answer.text
    assert words in found.group()
    assert HOSTILE not in answer.text
    assert "channels" not in config(own) or not config(own)["channels"]


def test_saving_keeps_a_secret_that_is_not_typed_again(own: Server, slack: SlackCatcher) -> None:
    page = own.get("/channels/slack", role="admin").text
    fields = {"webhookUrl": "", "channel": "#other", "enabled": "on", "version": version(page)}
    assert own.post("/channels/slack", role="admin", data=fields).status_code == 303
    assert config(own)["slack"]["channel"] == "#other"  # type: ignore[index]
    own.post("/channels/slack/test", role="operator")
    assert slack.messages[-1].payload["attachments"]


def test_a_change_of_somebody_else_is_not_overwritten(own: Server) -> None:
    stale = version(own.get("/channels/slack", role="admin").text)
    own.request("PUT", "/api/realtime/config", role="admin", json={"cooldown": "7m"})
    answer = own.post(
        "/channels/slack", role="admin", data={"channel": "#x", "enabled": "on", "version": stale}
    )
    assert answer.status_code == 422
    assert "Somebody else changed" in answer.text


def test_deleting_asks_for_the_name(own: Server, slack: SlackCatcher) -> None:
    own.request(
        "PUT",
        "/api/realtime/config",
        role="admin",
        json={"channels": {"ops": {"kind": "slack", "webhookUrl": slack.url}}},
    )
    assert own.post("/channels/ops/delete", role="admin", data={"sure": "op"}).status_code == 422
    assert own.post("/channels/ops/delete", role="admin", data={"sure": "ops"}).status_code == 303
    assert own.get("/channels/ops", role="admin").status_code == 404
    assert own.post("/channels/slack/delete", role="admin", data={"sure": "slack"}).status_code == 409


@pytest.mark.parametrize("path", ["/channels/none", "/channels/new?kind=none", "/channels/%00"])
def test_what_is_not_there_is_a_plain_404(own: Server, path: str) -> None:
    assert own.get(path, role="admin").status_code == 404
