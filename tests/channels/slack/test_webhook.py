import socket
import ssl
import time
import traceback
from dataclasses import replace
from ipaddress import ip_network

import pytest
import trustme

from gamepilot_mon.catchers.slack import (
    CutAnswer,
    Drip,
    Fault,
    Hang,
    Reset,
    SlackCatcher,
    Status,
    rate_limited,
)
from gamepilot_mon.channels import DeliveryError
from gamepilot_mon.channels.posting import redacted
from gamepilot_mon.channels.slack import SlackConfig, send
from gamepilot_mon.channels.slack.webhook import post_of
from tests.channels.messages import message

SECRET = "caught-by-gamepilot"


def config(slack: SlackCatcher, **changes: object) -> SlackConfig:
    quick = SlackConfig(slack.url, "#alerts", trusted=True, connect_ms=1_000, read_ms=800, deadline_ms=2_000)
    return replace(quick, **changes)  # type: ignore[arg-type]


def failure(settings: SlackConfig) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(settings, message())
    everything = "".join(traceback.format_exception(caught.value)) + repr(settings)
    assert SECRET not in everything
    assert "/services/" not in caught.value.detail
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def test_it_posts_the_alert_and_returns_slacks_answer() -> None:
    with SlackCatcher() as slack:
        assert send(config(slack), message()).detail == "200 ok"
        [post] = slack.messages
    assert post.payload["attachments"][0]["title"] == "🚨 CRITICAL Alert"
    assert post.headers["x-gamepilot-notification"] == message().notification_id
    assert post.headers["content-type"].startswith("application/json")


def test_it_follows_the_wish_to_wait() -> None:
    with SlackCatcher() as slack:
        slack.fail_next(rate_limited("30"))
        error = failure(config(slack))
        assert slack.messages == []
    assert (error.permanent, error.retry_after_ms, error.uncertain) == (False, 30_000, False)
    assert "429 rate_limited" in error.detail


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_it_tries_again_later_after_a_server_error(status: int) -> None:
    with SlackCatcher() as slack:
        slack.fail_next(Status(status, "rollup_error"))
        error = failure(config(slack))
    assert not error.permanent
    assert error.uncertain is (status in {502, 504})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, "invalid_payload"),
        (403, "action_prohibited"),
        (404, "channel_not_found"),
        (404, "no_service"),
        (410, "channel_is_archived"),
        (200, '{"ok": false, "error": "invalid_auth"}'),
    ],
)
def test_it_gives_up_on_a_refusal(status: int, body: str) -> None:
    with SlackCatcher() as slack:
        slack.fail_next(Status(status, body))
        error = failure(config(slack))
    assert error.permanent
    assert body in error.detail


@pytest.mark.parametrize(("code", "permanent"), [(404, True), (500, False)])
def test_it_takes_a_refusal_for_one_even_without_its_words(code: int, permanent: bool) -> None:
    with SlackCatcher() as slack:
        slack.fail_next(CutAnswer(code, accepted=False))
        error = failure(config(slack))
    assert (error.permanent, error.uncertain) == (permanent, False)


def test_it_never_follows_a_redirect() -> None:
    with SlackCatcher() as slack, SlackCatcher() as elsewhere:
        slack.fail_next(Status(302, "", (("Location", elsewhere.url),)))
        assert failure(config(slack)).permanent
        assert elsewhere.attempts == []


@pytest.mark.parametrize("fault", [Hang(), Reset(), CutAnswer(), Drip(), Drip(headers_too=True)])
def test_it_is_uncertain_when_the_answer_does_not_come_whole(fault: Fault) -> None:
    with SlackCatcher() as slack:
        slack.fail_next(fault)
        started = time.monotonic()
        error = failure(config(slack))
        assert time.monotonic() - started < 8
        assert len(slack.messages) == 1
    assert error.uncertain
    assert not error.permanent


def test_it_is_certain_that_nothing_arrived_where_nobody_listens() -> None:
    with SlackCatcher() as slack:
        settings = config(slack)
    error = failure(settings)
    assert (error.permanent, error.uncertain) == (False, False)
    assert "connection refused" in error.detail


def test_it_is_certain_that_nothing_arrived_when_the_handshake_stalls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/services/{SECRET}"
        ordinary = SlackConfig(url, "#alerts", trusted=True)
        for hasty in (replace(ordinary, connect_ms=200), replace(ordinary, deadline_ms=300)):
            error = failure(hasty)
            assert (error.permanent, error.uncertain) == (False, False)
            assert "not ready in time" in error.detail


def test_it_is_certain_that_nothing_arrived_when_the_name_does_not_resolve() -> None:
    error = failure(SlackConfig(f"https://nowhere.invalid/services/{SECRET}", "#alerts", trusted=True))
    assert (error.permanent, error.uncertain) == (False, False)
    assert "nowhere.invalid" in error.detail


def test_it_refuses_a_private_address_that_the_environment_did_not_give() -> None:
    with SlackCatcher() as slack:
        error = failure(config(slack, trusted=False))
        assert slack.attempts == []
        assert error.permanent
        assert "the machine itself" in error.detail
        send(config(slack, trusted=False, allowed=(ip_network("127.0.0.0/8"),)), message())
        assert len(slack.messages) == 1


@pytest.mark.parametrize(
    "url", ["", "hooks.slack.example/x", "file:///etc/passwd", "https://", "http://[::1", "http://x:99999/"]
)
def test_it_refuses_what_is_no_web_address(url: str) -> None:
    assert failure(SlackConfig(url, "#alerts")).permanent


def test_it_ignores_the_environments_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with SlackCatcher() as slack:
        assert send(config(slack), message()).detail == "200 ok"


def test_it_reads_a_bounded_part_of_an_endless_answer() -> None:
    with SlackCatcher() as slack:
        slack.fail_next(Status(200, "x" * 5_000_000, accepted=True))
        receipt = send(config(slack), message())
    assert len(receipt.detail) <= 300


def test_it_hides_a_webhook_that_the_answer_echoes() -> None:
    url = "https://hooks.slack.example/services/T0001/B0002/s3cr3tpart"
    post = post_of(SlackConfig(url, "#alerts"), message())
    for echo in (url, "/services/T0001/B0002/s3cr3tpart", "no such token: s3cr3tpart"):
        assert "s3cr3t" not in redacted(post, echo)


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_it_trusts_a_certificate_of_the_systems_authorities(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    authority = trustme.CA()
    bundle = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with SlackCatcher(tls=server_context(authority, "127.0.0.1")) as slack:
        assert send(config(slack), message()).detail == "200 ok"


@pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
def test_it_sends_nothing_to_a_server_whose_certificate_is_not_right(name: str) -> None:
    with SlackCatcher(tls=server_context(trustme.CA(), name)) as slack:
        error = failure(config(slack))
        assert slack.attempts == []
    assert "certificate" in error.detail
    assert (error.permanent, error.uncertain) == (False, False)
