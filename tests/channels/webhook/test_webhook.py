import hashlib
import hmac
import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gamepilot_mon.catchers.slack import CutAnswer, SlackCatcher, Status, rate_limited
from gamepilot_mon.channels import DeliveryError, Receipt, load, traits
from gamepilot_mon.channels.webhook import WebhookConfig, alertmanager, send
from tests.channels.messages import NOW, message

SECRET = "a key of some length"


def config(server: SlackCatcher, **more: Any) -> WebhookConfig:
    return WebhookConfig(url=server.url, trusted=True, **more)


def test_it_posts_the_alert_as_the_api_shows_it() -> None:
    with SlackCatcher() as server:
        receipt = send(config(server), message(labels={"check": "api"}, resend=True))
        [post] = server.messages
    assert receipt == Receipt("200 ok")
    assert (
        post.payload["notificationId"]
        == message().notification_id
        == post.headers["x-gamepilot-notification"]
    )
    assert (post.payload["resend"], post.headers["x-gamepilot-resend"]) == (True, "yes")
    assert post.payload["alert"]["labels"] == {"check": "api"}
    assert post.payload["alert"]["timestamp"] == "2026-11-24T12:00:00.000Z"
    assert "x-gamepilot-signature" not in post.headers


def test_it_signs_the_timestamp_with_the_very_bytes_of_the_body(httpserver: HTTPServer) -> None:
    seen: list[tuple[bytes, str, str]] = []

    def keep(request: Request) -> Response:
        headers = request.headers
        seen.append((request.get_data(), headers["X-GamePilot-Timestamp"], headers["X-GamePilot-Signature"]))
        return Response("ok")

    httpserver.expect_request("/hook").respond_with_handler(keep)
    send(
        WebhookConfig(url=httpserver.url_for("/hook"), secret=SECRET, trusted=True),
        message(text="ünicode ✅"),
    )
    [(body, stamp, signature)] = seen
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signature == f"sha256={expected}"
    assert json.loads(body)["alert"]["message"] == "ünicode ✅"


def test_it_speaks_as_alertmanager_does() -> None:
    with SlackCatcher() as server:
        wanted = config(server, format="alertmanager")
        send(wanted, message(labels={"check-name": "api", "severity": "none"}))
        send(wanted, message(change="resolved", status="resolved", ended_at=NOW))
        firing, resolved = (post.payload for post in server.messages)
    assert (firing["version"], firing["status"], resolved["status"]) == ("4", "firing", "resolved")
    assert firing["groupKey"] == resolved["groupKey"]
    [alert] = firing["alerts"]
    assert alert["labels"] == {"check_name": "api", "alertname": "error_rate", "severity": "critical"}
    assert alert["endsAt"] == alertmanager.NEVER
    assert resolved["alerts"][0]["endsAt"] == "2026-11-24T12:00:00.000Z"


@pytest.mark.parametrize(
    ("fault", "permanent", "uncertain", "retry_after_ms"),
    [
        (Status(500), False, False, None),
        (Status(504), False, True, None),
        (rate_limited("7"), False, False, 7_000),
        (Status(410, "gone"), True, False, None),
        (Status(302, "", (("Location", "http://127.0.0.1/"),)), True, False, None),
        (CutAnswer(), False, True, None),
    ],
)
def test_it_says_what_an_answer_means(
    fault: Status, permanent: bool, uncertain: bool, retry_after_ms: int | None
) -> None:
    with SlackCatcher() as server:
        server.fail_next(fault)
        with pytest.raises(DeliveryError) as error:
            send(config(server), message())
    outcome = error.value
    assert (outcome.permanent, outcome.uncertain, outcome.retry_after_ms) == (
        permanent,
        uncertain,
        retry_after_ms,
    )


def test_it_keeps_the_address_and_the_key_to_itself() -> None:
    with SlackCatcher() as server:
        server.fail_next(Status(400, f"bad {SECRET} at {server.url}"))
        with pytest.raises(DeliveryError) as error:
            send(config(server, secret=SECRET), message())
        assert SECRET not in str(error.value) and "caught-by-gamepilot" not in str(error.value)
        assert SECRET not in repr(config(server, secret=SECRET))


def test_it_does_not_reach_a_private_address_that_was_set_at_run_time() -> None:
    with SlackCatcher() as server:
        with pytest.raises(DeliveryError, match="GAMEPILOT_MON_SSRF_ALLOW") as error:
            send(WebhookConfig(url=server.url), message())
        assert error.value.permanent and server.attempts == []


def test_it_gets_every_notification_without_a_limit() -> None:
    assert not traits(load()["webhook"]).summarises
