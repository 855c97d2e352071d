"""The guide of the overview: from nothing to a delivered test alert, with the provider's real answer."""

import re
from collections.abc import Callable

from gamepilot_mon.catchers.slack import SlackCatcher
from tests.serving import Server

EVENT = {"events": [{"kind": "operation", "operation": "login", "duration_ms": 12, "success": True}]}


def done(page: str) -> dict[str, bool]:
    return {name: said == "true" for name, said in re.findall(r'data-step="(\w+)" data-done="(\w+)"', page)}


def test_it_leads_from_nothing_to_a_delivered_test_alert(serve: Callable[..., Server]) -> None:
    with SlackCatcher() as slack:
        own = serve(SLACK_ENABLED="true", SLACK_WEBHOOK_URL=slack.url)
        first = done(own.get("/", "operator").text)
        assert first == {"check": False, "password": False, "event": False, "channel": True, "test": False}
        assert own.post("/api/v1/events", "ingest", json=EVENT).status_code == 202
        assert done(own.get("/", "operator").text)["event"]
        answer = own.post("/", "operator")
        assert (answer.status_code, len(slack.messages)) == (200, 1)
        assert "delivered" in answer.text and 'id="tested"' in answer.text
        assert done(own.get("/", "operator").text) == {}


def test_it_shows_what_a_provider_said_that_refused(serve: Callable[..., Server]) -> None:
    own = serve(
        EMAIL_ENABLED="true",
        EMAIL_TO="a@b.example",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT="9",
        SMTP_SECURE="false",
    )
    page = own.post("/", "operator").text
    assert "failed" in page and "refused" in page
    assert not done(page)["test"]


def test_it_says_that_no_channel_is_on(serve: Callable[..., Server]) -> None:
    own = serve()
    assert "No channel is on" in own.post("/", "operator").text
    assert "Send a test alert" not in own.get("/", "operator").text


def test_it_shows_a_viewer_no_button_and_takes_none(serve: Callable[..., Server]) -> None:
    with SlackCatcher() as slack:
        own = serve(SLACK_ENABLED="true", SLACK_WEBHOOK_URL=slack.url)
        assert "Send a test alert" in own.get("/", "operator").text
        assert "Send a test alert" not in own.get("/", "viewer").text
        assert own.post("/", "viewer").status_code == 403
        assert slack.messages == []
