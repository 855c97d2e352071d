import json
from dataclasses import replace

import pytest
import requests

from gamepilot_mon import acknowledge_links, runtime_config
from gamepilot_mon.acknowledge_links import LIFETIME_MS, Link
from gamepilot_mon.clock import utcnow
from gamepilot_mon.destinations import destinations
from gamepilot_mon.models import Alert, FeedItem, Note
from gamepilot_mon.settings import Settings
from tests.emptied import ALERTING, CONFIGURED, empty
from tests.serving import Server, environment

KEY = "a key for the tests of links"
EXTRA = {
    "GAMEPILOT_MON_SECRET_KEY": KEY, "GAMEPILOT_MON_PUBLIC_URL": "https://mon.example",
    "EMAIL_ENABLED": "true", "EMAIL_TO": "ops@b.example",
}  # fmt: skip
PERSON = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def environ_of_module() -> dict[str, str]:
    return EXTRA


@pytest.fixture
def mailed(shared: Server) -> tuple[Server, Link]:
    """A server with a mail channel, and what the link in a mail about an alert of it says."""
    own = shared
    empty(*ALERTING, *CONFIGURED)
    body = {"type": "drill", "severity": "warning", "message": "a <b>drill</b>"}
    alert = int(own.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"])
    known = settings(own)
    [email] = destinations(known, runtime_config.current(known).config)
    return own, Link(alert, "email", acknowledge_links.audience(email), utcnow() + LIFETIME_MS)


def settings(server: Server) -> Settings:
    return Settings.from_env(environment(server.state, server.port, EXTRA), dotenv=None)


def path(server: Server, link: Link) -> str:
    return f"/acknowledge/{acknowledge_links.sign(settings(server), link)}"


def ask(server: Server, method: str, link: Link) -> requests.Response:
    return server.request(method, path(server, link), headers=PERSON)


def test_looking_changes_nothing_and_the_button_acknowledges(mailed: tuple[Server, Link]) -> None:
    server, link = mailed
    for method in ("GET", "HEAD", "GET"):
        shown = ask(server, method, link)
        assert shown.status_code == 200
    assert "a &lt;b&gt;drill&lt;/b&gt;" in shown.text and "Acknowledge this alert" in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer" and shown.headers["Cache-Control"] == "no-store"
    assert Alert.get_by_id(link.alert_id).status == "firing"

    pressed = ask(server, "POST", link)
    assert (pressed.status_code, pressed.headers["Location"]) == (303, path(server, link))
    row = Alert.get_by_id(link.alert_id)
    assert (row.status, row.acknowledged_by) == ("acknowledged", "link to email")
    after = ask(server, "GET", link)
    assert (
        after.status_code == 200
        and "link to email" in after.text
        and '<button type="submit"' not in after.text
    )


def test_it_is_seen_on_the_feed_and_kept_as_a_note(mailed: tuple[Server, Link]) -> None:
    server, link = mailed
    ask(server, "POST", link)
    newest = FeedItem.select().where(FeedItem.event == "alert:update").order_by(FeedItem.id.desc()).get()
    assert json.loads(newest.data)["acknowledged"]["by"] == "link to email"
    server.request("DELETE", f"/api/v1/alerts/{link.alert_id}/acknowledge", "operator")
    assert [note.author for note in Note.of_alert(link.alert_id)] == ["link to email"]


def test_it_leaves_the_alert_to_the_person_who_has_it(mailed: tuple[Server, Link]) -> None:
    server, link = mailed
    server.post(f"/api/v1/alerts/{link.alert_id}/acknowledge", "operator", json={"reason": "mine"})
    assert ask(server, "POST", link).status_code == 303
    assert Alert.get_by_id(link.alert_id).acknowledged_by == "operator"
    assert "operator" in ask(server, "GET", link).text


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"expires_at": 1}, 410, "has expired"),
        ({"audience": "000000000000"}, 410, "has been withdrawn"),
        ({"channel": "slack"}, 410, "has been withdrawn"),
        ({"alert_id": 999_999}, 404, "not kept any more"),
    ],
)
def test_it_says_why_a_link_does_nothing(
    mailed: tuple[Server, Link], change: dict[str, object], status: int, words: str
) -> None:
    server, link = mailed
    for method in ("GET", "POST"):
        answer = ask(server, method, replace(link, **change))  # type: ignore[arg-type]
        assert answer.status_code == status and words in answer.text
    assert Alert.get_by_id(link.alert_id).status == "firing"


def test_it_says_that_a_resolved_alert_is_resolved(mailed: tuple[Server, Link]) -> None:
    server, link = mailed
    server.post(f"/api/v1/alerts/{link.alert_id}/resolve", "operator")
    for method in ("GET", "POST"):
        answer = ask(server, method, link)
        assert answer.status_code == 410 and "resolved already" in answer.text
    assert Alert.get_by_id(link.alert_id).status == "resolved"


def test_a_tampered_link_is_not_valid(mailed: tuple[Server, Link]) -> None:
    server, link = mailed
    address = path(server, link)
    tampered = address[:14] + ("A" if address[14] != "A" else "B") + address[15:]
    for method in ("GET", "POST"):
        answer = server.request(method, tampered, headers=PERSON)
        assert answer.status_code == 404 and "not valid" in answer.text
    assert Alert.get_by_id(link.alert_id).status == "firing"


def test_it_opens_nothing_else_and_is_never_logged(mailed: tuple[Server, Link]) -> None:
    server, link = mailed
    token = path(server, link).rpartition("/")[2]
    ask(server, "GET", link)
    ask(server, "POST", link)
    assert server.get("/api/v1/alerts", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert server.request("DELETE", path(server, link)).status_code == 405
    assert token not in server.log.read_text()
