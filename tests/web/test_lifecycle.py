from typing import Any

import pytest

from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import FeedItem
from tests.serving import Server
from tests.web.signing_in import Browser, console_link


@pytest.fixture
def alert(served: Server) -> int:
    body = {"type": "drill", "severity": "warning", "message": "a drill"}
    return int(served.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"])


def test_it_acknowledges_with_name_and_reason_and_takes_it_back(served: Server, alert: int) -> None:
    path = f"/api/v1/alerts/{alert}/acknowledge"
    shown = served.post(path, "operator", json={"reason": "mine", "forMs": 3_600_000}).json()["data"]
    assert shown["status"] == "acknowledged"
    assert shown["acknowledged"]["by"] == "operator" and shown["acknowledged"]["reason"] == "mine"
    back = served.request("DELETE", path, "operator").json()["data"]
    assert back["status"] == "firing" and back["acknowledged"] is None


def test_it_acknowledges_without_a_word(served: Server, alert: int) -> None:
    shown = served.post(f"/api/v1/alerts/{alert}/acknowledge", "operator").json()["data"]
    assert shown["status"] == "acknowledged" and shown["acknowledged"]["reason"] is None


def test_it_acknowledges_nothing_that_is_over_or_unknown(served: Server, alert: int) -> None:
    served.post(f"/api/v1/alerts/{alert}/resolve", "operator")
    assert served.post(f"/api/v1/alerts/{alert}/acknowledge", "operator", json={}).status_code == 409
    assert served.post("/api/v1/alerts/999999/acknowledge", "operator", json={}).status_code == 404
    assert served.post(f"/api/v1/alerts/{alert}/acknowledge", "viewer", json={}).status_code == 403


def test_it_silences_and_ends_the_silence(served: Server) -> None:
    body = {"matchers": [{"name": "type", "value": "drill"}], "forMs": 3_600_000, "reason": "deploy"}
    made = served.post("/api/v1/silences", "operator", json=body)
    assert made.status_code == 201 and made.json()["data"]["state"] == "active"
    number = made.json()["data"]["id"]
    assert served.post(f"/api/v1/silences/{number}/expire", "operator").status_code == 200
    assert served.post(f"/api/v1/silences/{number}/expire", "operator").status_code == 404
    listed = {row["id"]: row["state"] for row in served.get("/api/v1/silences", "viewer").json()["data"]}
    assert listed[number] == "expired"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"matchers": []}, "/matchers"),
        ({"matchers": [{"name": "type", "operator": "=~", "value": "("}]}, "/matchers/0"),
        ({"forMs": 5}, "/forMs"),
        ({"reason": ""}, "/reason"),
        ({"color": 1}, "/color"),
    ],
)
def test_it_refuses_a_silence_at_the_field(served: Server, change: dict[str, Any], pointer: str) -> None:
    body = {"matchers": [{"name": "type", "value": "x"}], "forMs": 3_600_000, "reason": "deploy", **change}
    answer = served.post("/api/v1/silences", "operator", json=body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_it_shows_an_acknowledgement_on_the_feed(served: Server, alert: int) -> None:
    served.post(f"/api/v1/alerts/{alert}/acknowledge", "operator", json={"reason": "mine"})
    newest = FeedItem.select().where(FeedItem.topic == "alerts").order_by(FeedItem.id.desc()).get()
    assert newest.event == "alert:update" and '"status":"acknowledged"' in newest.data


def test_it_acknowledges_by_the_button_on_the_page(served: Server, alert: int) -> None:
    with Browser(served) as browser:
        browser.get(console_link())
        action = f"/alerts/{alert}/acknowledge"
        assert f'action="{action}"' in browser.get("/").text
        assert browser.post(action).status_code == 400
        assert browser.submit("/", action).status_code == 303
    shown = served.get(f"/api/v1/alerts/{alert}", "viewer").json()["data"]
    assert shown["status"] == "acknowledged"


def test_it_keeps_notes_with_their_author(served: Server, alert: int) -> None:
    path = f"/api/v1/alerts/{alert}"
    made = served.post(f"{path}/notes", "operator", json={"text": "restarted the pool"})
    assert made.status_code == 201
    [note] = served.get(path, "viewer").json()["data"]["notes"]
    assert (note["author"], note["text"]) == ("operator", "restarted the pool")
    assert served.post(f"{path}/notes", "operator", json={"text": "  "}).status_code == 422
    assert served.post(f"{path}/notes", "viewer", json={"text": "x"}).status_code == 403
    assert served.post("/api/v1/alerts/999999/notes", "operator", json={"text": "x"}).status_code == 404


def test_it_says_why_nobody_was_told(served: Server, alert: int) -> None:
    found = served.get(f"/api/v1/alerts/{alert}/why", "viewer").json()["data"]
    assert found["alert"]["id"] == alert
    assert found["channels"] == {} and "no channel is enabled" in found["note"]
    assert served.get("/api/v1/alerts/999999/why", "viewer").status_code == 404


@pytest.fixture
def told(serve: Any) -> Server:
    """A server with a channel, so that there is something to hold back."""
    own: Server = serve(SLACK_ENABLED="true", SLACK_WEBHOOK_URL="http://127.0.0.1:9/hook")
    return own


def test_it_names_the_silence_that_holds_a_message_back(told: Server) -> None:
    window = {"matchers": [{"name": "type", "value": "drill"}], "forMs": 3_600_000, "reason": "move"}
    number = told.post("/api/v1/maintenance", "operator", json=window).json()["data"]["id"]
    body = {"type": "drill", "severity": "warning", "message": "a drill"}
    made = told.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"]
    slack = told.get(f"/api/v1/alerts/{made}/why", "viewer").json()["data"]["channels"]["slack"]
    assert slack["told"] == [] and slack["now"]["held"]
    assert slack["now"]["reason"] == f"maintenance {number}: move (operator)"
    assert told.post(f"/api/v1/maintenance/{number}/expire", "operator").status_code == 200
    slack = told.get(f"/api/v1/alerts/{made}/why", "viewer").json()["data"]["channels"]["slack"]
    assert slack["now"] == {
        "held": False, "reason": "firing goes out at the next evaluation", "until": None, "route": None,
        "nextStepAt": None,
    }  # fmt: skip


WINDOW = {"matchers": [], "forMs": 3_600_000, "reason": "backup"}


def test_it_plans_maintenance_that_comes_again(served: Server) -> None:
    body = {**WINDOW, "cron": "0 2 * * *", "zone": "Europe/Berlin", "startsAt": iso(utcnow())}
    made = served.post("/api/v1/maintenance", "operator", json=body)
    assert made.status_code == 201
    shown = made.json()["data"]
    assert shown["nextAt"] and shown["endsAt"] is None and shown["zone"] == "Europe/Berlin"
    path = f"/api/v1/maintenance/{shown['id']}/expire"
    assert served.post(path, "viewer").status_code == 403
    assert served.post(path, "operator").status_code == 200
    assert served.post(path, "operator").status_code == 404
    listed = {row["id"]: row["state"] for row in served.get("/api/v1/maintenance", "viewer").json()["data"]}
    assert listed[shown["id"]] == "ended"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"cron": "61 * * * *"}, "/cron"),
        ({"cron": "0 2 * * *", "zone": "Europe/Atlantis"}, "/zone"),
        ({"zone": "Europe/Berlin"}, "/zone"),
        ({"endsAt": "2100-12-01T10:00:00Z"}, "/endsAt"),
        ({"startsAt": "2020-01-01T00:00:00Z"}, "/startsAt"),
        (
            {"cron": "0 2 * * *", "startsAt": "2100-12-02T10:00:00Z", "endsAt": "2100-12-01T10:00:00Z"},
            "/endsAt",
        ),
        ({"startsAt": "tomorrow"}, "/startsAt"),
        ({"forMs": 1}, "/forMs"),
        ({"matchers": [{"name": "type", "operator": "=~", "value": "("}]}, "/matchers/0"),
    ],
)
def test_it_refuses_maintenance_at_the_field(served: Server, change: dict[str, Any], pointer: str) -> None:
    answer = served.post("/api/v1/maintenance", "operator", json={**WINDOW, **change})
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
