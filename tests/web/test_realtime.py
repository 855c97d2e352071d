import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from gamepilot_mon import db, feed
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.models import ConfigVersion, Notification
from tests.emptied import ALERTING, CONFIGURED, empty
from tests.serving import Server

TWO_OF_FOUR = {
    "thresholds": {
        "errorRate": {"warning": 0.03, "critical": 0.06},
        "responseTime": {"warning": 1500, "critical": 3000},
    }
}
HOOK = "https://hooks.slack.example/services/T0/B0/a-secret-part"


@pytest.fixture(scope="module")
def environ_of_module() -> dict[str, str]:
    return {"SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": HOOK}


@pytest.fixture
def own(shared: Server) -> Server:
    empty(*ALERTING, *CONFIGURED)
    return shared


def config(server: Server) -> Any:
    return server.get("/api/realtime/config", "viewer").json()["data"]


def put(server: Server, document: Any, **headers: str) -> requests.Response:
    return server.request("PUT", "/api/realtime/config", "admin", json=document, headers=headers)


def pointers(answer: requests.Response) -> list[str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["success"] is False
    return [error["pointer"] for error in answer.json()["errors"]]


def test_it_changes_two_thresholds_and_leaves_the_other_two(own: Server) -> None:
    before = config(own)["thresholds"]
    assert put(own, TWO_OF_FOUR).status_code == 200
    after = config(own)["thresholds"]
    assert after["errorRate"] == {"warning": 0.03, "critical": 0.06}
    assert after["responseTime"] == {"warning": 1500, "critical": 3000}
    assert after["successRate"] == before["successRate"] and after["slowQueries"] == before["slowQueries"]


def test_it_changes_nothing_when_its_own_answer_is_put_back(own: Server) -> None:
    before = config(own)
    assert before["slack"]["webhookUrl"] == "***"
    answer = put(own, before)
    assert answer.status_code == 200 and config(own) == before
    assert ConfigVersion.select().count() == 0


def test_it_never_shows_a_secret(own: Server) -> None:
    put(own, {"email": {"smtpPass": "another secret part"}})
    answers = [
        own.get("/api/realtime/config", "viewer"),
        own.get("/api/realtime/status", "viewer"),
        own.get("/api/v1/config/versions", "viewer"),
        put(own, {"slack": {"webhookUrl": "ftp://a-secret-part"}}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 422]
    assert not [
        answer for answer in answers if "secret part" in answer.text or "a-secret-part" in answer.text
    ]
    assert "secret" not in own.log.read_text()


REFUSED = [
    ({"thresholds": {"errorRate": {"warning": 0.5}}}, "/thresholds/errorRate"),
    ({"thresholds": {"successRate": {"warning": 0.5}}}, "/thresholds/successRate"),
    ({"thresholds": {"errorRate": {"warning": "0.01"}}}, "/thresholds/errorRate/warning"),
    ({"thresholds": {"errorRate": {"critical": 1.5}}}, "/thresholds/errorRate/critical"),
    ({"thresholds": {"slowQueries": {"warning": True}}}, "/thresholds/slowQueries/warning"),
    ({"thresholds": {"errorRat": {"warning": 0.01}}}, "/thresholds/errorRat"),
    ({"thresholds": 5}, "/thresholds"),
    ({"colour": "red"}, "/colour"),
    ({"slack": {"enabled": "yes"}}, "/slack/enabled"),
    ({"slack": {"webhookUrl": None, "enabled": True, "chanel": "#a"}}, "/slack/chanel"),
    ({"email": {"enabled": True}}, "/email/to"),
    ({"email": {"to": ["not an address"]}}, "/email/to/0"),
    ({"email": {"from": "a@b.example\r\nBcc: c@d.example"}}, "/email/from"),
    (
        {"email": {"enabled": True, "to": ["a@b.example"], "smtpSecure": False, "smtpHost": "mail.example"}},
        "/email/smtpSecure",
    ),
    ({"email": {"smtpSecure": False, "smtpPort": 465}}, "/email/smtpSecure"),
    ({"thresholds": {"slowQueries": {"warning": 1.5}}}, "/thresholds/slowQueries/warning"),
    ({"thresholds": {"responseTime": {"warning": 0}}}, "/thresholds/responseTime/warning"),
    ({"cooldown": "soon"}, "/cooldown"),
    ({"cooldown": -5}, "/cooldown"),
]


@pytest.mark.parametrize(("document", "pointer"), REFUSED, ids=str)
def test_it_refuses_with_a_pointer_and_stores_nothing(served: Server, document: Any, pointer: str) -> None:
    versions = ConfigVersion.select().count()
    answer = put(served, document)
    assert answer.status_code == 422 and pointer in pointers(answer)
    assert ConfigVersion.select().count() == versions


def test_it_refuses_not_a_number_with_a_pointer(served: Server) -> None:
    answer = served.request(
        "PUT", "/api/realtime/config", "admin", data='{"thresholds":{"errorRate":{"warning":NaN}}}',
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 422 and pointers(answer) == ["/thresholds/errorRate/warning"]


def test_it_names_all_that_is_wrong_at_once(served: Server) -> None:
    answer = put(served, {"colour": 1, "cooldown": "x", "thresholds": {"errorRate": {"warning": 7}}})
    assert {"/colour", "/cooldown", "/thresholds/errorRate/warning"} <= set(pointers(answer))


def test_it_honours_if_match(own: Server) -> None:
    tag = own.get("/api/realtime/config", "viewer").headers["ETag"]
    assert put(own, {"cooldown": "6m"}, **{"If-Match": tag}).status_code == 200
    late = put(own, {"cooldown": "7m"}, **{"If-Match": tag})
    assert late.status_code == 412 and config(own)["cooldown"] == "6m"
    now = own.get("/api/realtime/config", "viewer").headers["ETag"]
    assert put(own, {"cooldown": "8m"}, **{"If-Match": f'"999", {now}'}).status_code == 200
    assert put(own, {"cooldown": "9m"}, **{"If-Match": f'"{"9" * 5_000}"'}).status_code == 412


def test_what_was_stored_once_stands_in_the_way_of_no_other_change(own: Server) -> None:
    """It came from before the check, or the environment allowed it then."""
    email = {"smtpHost": "mail.example", "enabled": True, "to": ["a@b.example"], "smtpSecure": False}
    old = {"thresholds": {"slowQueries": {"warning": 2.5}}, "email": email}
    with db.write():
        first = ConfigVersion.create(created_at=1, author="ada", override=old, diff=[]).id
    assert put(own, {"cooldown": "7m"}).status_code == 200
    assert put(own, config(own)).status_code == 200
    assert put(own, {"email": {"smtpSecure": True}}).status_code == 200
    assert pointers(put(own, {"email": {"smtpSecure": False}})) == ["/email/smtpSecure"]
    assert own.post(f"/api/v1/config/versions/{first}/restore", "admin").status_code == 200


def test_a_version_that_cannot_be_in_force_any_more_says_why(own: Server) -> None:
    with db.write():
        gone = ConfigVersion.create(
            created_at=1, author="ada", override={"thresholds": {"gone": 1}}, diff=[]
        ).id
        ConfigVersion.create(created_at=2, author="ada", override={}, diff=[])
    answer = own.post(f"/api/v1/config/versions/{gone}/restore", "admin")
    assert answer.status_code == 422 and pointers(answer) == ["/thresholds/gone"]


def test_it_takes_json_of_any_content_type(own: Server) -> None:
    """fetch() with a text for a body and no Content-Type says text/plain, curl -d says that it is a form."""
    for number, said in enumerate(["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", ""]):
        body = json.dumps({"thresholds": {"errorRate": {"warning": 0.03 + number / 100, "critical": 0.09}}})
        answer = own.request(
            "PUT", "/api/realtime/config", "admin", data=body, headers={"Content-Type": said}
        )
        assert answer.status_code == 200, answer.text
        assert config(own)["thresholds"]["errorRate"]["warning"] == 0.03 + number / 100


@pytest.mark.parametrize(
    ("body", "said", "status"),
    [(b"{", "application/json", 400), (b"a=b", "application/x-www-form-urlencoded", 400), (b"", "", 422),
     (b"null", "application/json", 422), (b'"x"', "application/json", 422), (b"[]", "text/plain", 422)],
)  # fmt: skip
def test_it_says_that_it_wants_an_object(own: Server, body: bytes, said: str, status: int) -> None:
    headers = {"Content-Type": said}
    answer = own.request("PUT", "/api/realtime/config", "admin", data=body, headers=headers)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["errors"] == [{"pointer": "", "detail": "must be an object"}]


def test_it_takes_an_override_back_and_says_where_values_come_from(own: Server) -> None:
    put(own, {"cooldown": "6m"})
    assert config(own)["sources"]["/cooldown"] == "override"
    put(own, {"cooldown": None})
    shown = config(own)
    assert (shown["cooldown"], shown["sources"]["/cooldown"]) == ("5m", "default")
    assert shown["sources"]["/slack/webhookUrl"] == "environment"


def test_it_keeps_versions_with_author_and_diff_and_rolls_back(own: Server) -> None:
    put(own, {"cooldown": "6m"})
    put(own, {"cooldown": "7m", "slack": {"webhookUrl": "https://other.example/x"}})
    newest, first = own.get("/api/v1/config/versions", "viewer").json()["data"]
    assert newest["author"] == "admin"
    assert {"pointer": "/cooldown", "old": "6m", "new": "7m"} in newest["diff"]
    assert {"pointer": "/slack/webhookUrl", "old": "***", "new": "***"} in newest["diff"]
    answer = own.post(f"/api/v1/config/versions/{first['version']}/restore", "admin")
    assert answer.status_code == 200 and config(own)["cooldown"] == "6m"
    assert own.post("/api/v1/config/versions/999/restore", "admin").status_code == 404


def test_it_lets_only_an_admin_change_the_configuration(served: Server) -> None:
    for role, status in (("viewer", 403), ("operator", 403), ("ingest", 403), (None, 401)):
        assert served.request("PUT", "/api/realtime/config", role, json={}).status_code == status


def test_it_answers_status_in_the_known_shape(served: Server) -> None:
    body = served.get("/api/realtime/status", "viewer").json()
    assert body["success"] is True and body["timestamp"].endswith("Z")
    assert set(body["data"]) == {"monitoring", "alerts", "config"}
    monitoring = body["data"]["monitoring"]
    assert {"isActive", "connectedClients", "lastUpdate", "uptime", "status"} <= set(monitoring)
    assert monitoring["isActive"] is False  # no daemon runs on this store
    assert {"totalAlerts", "alertsByType", "alertsBySeverity", "lastAlerts"} <= set(body["data"]["alerts"])


def test_it_raises_each_custom_alert_on_its_own(own: Server) -> None:
    alert = {"type": "deploy", "severity": "warning", "message": "first"}
    first = own.post("/api/realtime/alerts/custom", "operator", json=alert).json()["data"]
    second = own.post("/api/realtime/alerts/custom", "operator", json={**alert, "message": "second"}).json()[
        "data"
    ]
    assert first["id"] != second["id"]
    assert [row.body["text"] for row in Notification.select().order_by(Notification.id)] == [
        "first",
        "second",
    ]


def test_it_renews_the_custom_alert_of_the_same_identity(own: Server) -> None:
    alert = {"type": "backup", "severity": "warning", "message": "late", "labels": {"host": "a"}}
    ids = {
        own.post("/api/realtime/alerts/custom", "operator", json=alert).json()["data"]["id"] for _ in range(3)
    }
    worse = own.post("/api/realtime/alerts/custom", "operator", json={**alert, "severity": "critical"})
    assert ids == {worse.json()["data"]["id"]}
    assert [row.change for row in Notification.select().order_by(Notification.id)] == ["firing", "escalated"]


def test_it_tells_the_end_of_a_custom_alert(own: Server) -> None:
    alert = {"type": "deploy", "severity": "info", "message": "rolling"}
    alert_id = own.post("/api/realtime/alerts/custom", "operator", json=alert).json()["data"]["id"]
    assert own.post(f"/api/v1/alerts/{alert_id}/resolve", "operator").json()["data"]["status"] == "resolved"
    assert [row.change for row in Notification.select().order_by(Notification.id)] == ["firing", "resolved"]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"severity": "info", "message": "x"}, "/type"),
        ({"type": "x", "severity": "fatal", "message": "x"}, "/severity"),
        ({"type": "x", "severity": "info", "message": ""}, "/message"),
        ({"type": "x", "severity": "info", "message": " \n"}, "/message"),
        ({"type": "x", "severity": "info", "message": "x", "value": "7"}, "/value"),
        ({"type": "x", "severity": "info", "message": "x", "colour": 1}, "/colour"),
    ],
)
def test_it_refuses_a_custom_alert_at_the_field(served: Server, document: Any, pointer: str) -> None:
    answer = served.post("/api/realtime/alerts/custom", "operator", json=document)
    assert answer.status_code == 422 and pointer in pointers(answer)


def test_it_tests_every_enabled_channel_and_answers_what_they_said(serve: Callable[..., Server]) -> None:
    with SlackCatcher() as slack:
        running = serve(
            SLACK_ENABLED="true", SLACK_WEBHOOK_URL=slack.url, EMAIL_ENABLED="true", EMAIL_TO="a@b.example",
            SMTP_HOST="127.0.0.1", SMTP_PORT="9", SMTP_SECURE="false",
        )  # fmt: skip
        results = running.post("/api/realtime/alerts/test", "operator").json()["data"]["results"]
    assert results["slack"]["ok"] is True and "ok" in results["slack"]["detail"]
    assert results["email"]["ok"] is False and "refused" in results["email"]["detail"]
    assert isinstance(results["slack"]["ms"], int) and len(slack.messages) == 1


def test_it_tells_that_there_is_no_channel_to_test(served: Server) -> None:
    data = served.post("/api/realtime/alerts/test", "operator").json()["data"]
    assert data["results"] == {} and "No channel" in data["message"]


def test_it_keeps_what_was_broadcast(served: Server) -> None:
    sent = [
        served.post("/api/realtime/broadcast", "operator", json={"event": name}).json()["data"]["id"]
        for name in ("tea", "cake")
    ]
    newest = served.get("/api/v1/broadcasts?limit=1", "viewer").json()
    [said] = newest["data"]
    assert (said["id"], said["event"]) == (sent[1], "cake") and said["author"]
    older = served.get(f"/api/v1/broadcasts?before={newest['next']}&limit=1", "viewer").json()
    assert older["data"][0]["id"] == sent[0]
    assert served.get("/api/v1/broadcasts", "ingest").status_code == 403


def test_it_broadcasts_with_an_author(served: Server) -> None:
    body = {"event": "maintenance", "data": {"at": "22:00"}, "severity": "warning"}
    answer = served.post("/api/realtime/broadcast", "operator", json=body)
    assert answer.status_code == 200
    item = feed.latest("alert:broadcast")
    assert item and '"author":"operator"' in item.data and '"event":"maintenance"' in item.data


def test_it_pages_through_alerts(served: Server) -> None:
    for number in range(5):
        alert = {"type": "page", "severity": "info", "message": str(number)}
        served.post("/api/realtime/alerts/custom", "operator", json=alert)
    first = served.get("/api/v1/alerts?limit=3", "viewer").json()
    second = served.get(f"/api/v1/alerts?limit=3&before={first['next']}", "viewer").json()
    ids = [alert["id"] for alert in first["data"] + second["data"]]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == len(ids)


def test_it_tests_and_shows_further_channels_by_name(serve: Callable[..., Server]) -> None:
    with SlackCatcher() as slack, SlackCatcher() as ops:
        running = serve(
            SLACK_ENABLED="true", SLACK_WEBHOOK_URL=slack.url, GAMEPILOT_MON_SSRF_ALLOW="127.0.0.0/8"
        )
        named = {"ops": {"kind": "webhook", "url": ops.url}, "later": {"kind": "slack", "enabled": False}}
        assert put(running, {"channels": named}).status_code == 200
        results = running.post("/api/realtime/alerts/test", "operator").json()["data"]["results"]
        assert {name: result["ok"] for name, result in results.items()} == {"slack": True, "ops": True}
        shown = running.get("/api/v1/channels", "viewer").json()["data"]
        assert [(c["name"], c["kind"], c["state"]) for c in shown] == [
            ("slack", "slack", "working"), ("ops", "webhook", "working"),
        ]  # fmt: skip
        assert [post.payload["change"] for post in ops.messages] == ["test"]


def test_it_refuses_a_route_at_the_field_and_says_which_source_the_rest_has(own: Server) -> None:
    routes = [
        {"channels": ["slack"]},
        {"channels": ["slack"], "steps": [{"after": "5m", "channels": ["pager"]}]},
    ]
    assert pointers(put(own, {"routes": routes})) == ["/routes/1/steps/0/channels/0"]
    assert put(own, {"routes": routes[:1]}).status_code == 200
    shown = config(own)
    assert shown["routes"] == routes[:1] and shown["sources"]["/routes"] == "override"
    assert put(own, {"routes": None}).status_code == 200 and config(own)["routes"] == []
