import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
from pytest_httpserver import HTTPServer

from gamepilot_mon.probes import Task, http

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def task(url: str, *, timeout_ms: int = 2_000) -> Task:
    return Task({"url": url}, now=0, timeout_ms=timeout_ms, allowed=LOOPBACK)


def own(base: str) -> Task:
    return Task({"setting": "gamepilot_url"}, now=0, timeout_ms=2_000, secrets={"gamepilot_url": base})


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that says `answer` to the first client and keeps the connection open after it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)
                done.wait(10)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            done.set()
            thread.join()


def test_it_is_up_with_the_time_that_the_answer_took(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x").respond_with_data("fine")
    reading = http.probe.measure(task(httpserver.url_for("/x")))
    assert (reading.state, reading.error, reading.data) == ("up", None, {"status": 200})
    assert reading.latency_ms is not None and 0 < reading.latency_ms < 2_000


@pytest.mark.parametrize(
    ("status", "state"),
    [(204, "up"), (302, "up"), (400, "down"), (404, "down"), (500, "down"), (503, "down")],
)
def test_it_judges_by_the_status(httpserver: HTTPServer, status: int, state: str) -> None:
    httpserver.expect_request("/x").respond_with_data("", status=status, headers={"Location": "/y"})
    reading = http.probe.measure(task(httpserver.url_for("/x?key=hidden")))
    assert (reading.state, reading.data) == (state, {"status": status})
    assert "hidden" not in (reading.error or "")


def test_it_asks_for_the_health_of_the_configured_base_address(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/health").respond_with_data("", status=500)
    httpserver.expect_request("/api").respond_with_data("")
    reading = http.probe.measure(own(httpserver.url_for("/api")))
    assert (reading.state, reading.data) == ("down", {"status": 500})
    assert reading.error == f"{httpserver.url_for('/api/health')} answered with status 500"


def test_it_asks_the_base_address_of_an_app_without_a_health_route(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/health").respond_with_data("", status=404)
    httpserver.expect_request("/").respond_with_data("")
    assert http.probe.measure(own(httpserver.url_for(""))).state == "up"


def test_it_trusts_the_configured_host_and_no_other(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/health").respond_with_data("")
    base = httpserver.url_for("")
    assert http.probe.measure(own(base)).state == "up"
    refused = http.probe.measure(Task({"url": f"{base}/health"}, now=0, timeout_ms=2_000))
    assert refused.state == "unknown"
    assert "the machine itself" in (refused.error or "")
    assert len(httpserver.log) == 1


def test_it_is_down_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reading = http.probe.measure(task(f"http://127.0.0.1:{port}/"))
    assert (reading.state, reading.error) == ("down", f"127.0.0.1 port {port}: connection refused")


def test_it_is_down_when_the_name_does_not_resolve() -> None:
    reading = http.probe.measure(task("http://nowhere.invalid/"))
    assert reading.state == "down"
    assert (reading.error or "").startswith("the name nowhere.invalid does not resolve")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_it_is_down_when_no_complete_answer_comes_in_time(answer: bytes) -> None:
    with answering(answer) as url:
        reading = http.probe.measure(task(url, timeout_ms=300))
    assert (reading.state, reading.error) == ("down", "no complete answer within 0.3 s")


def test_it_is_up_before_an_endless_body_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    with answering(head + b"x" * http.BODY_MAX) as url:
        assert http.probe.measure(task(url)).state == "up"


def test_it_is_down_when_the_answer_is_not_http() -> None:
    with answering(b"SSH-2.0-OpenSSH_9.2\r\n") as url:
        reading = http.probe.measure(task(url))
    assert (reading.state, reading.error) == ("down", "the connection broke before the answer was complete")


def test_it_is_down_when_the_certificate_is_not_trusted(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = HTTPServer(ssl_context=context)
    server.start()  # type: ignore[no-untyped-call]
    try:
        reading = http.probe.measure(task(f"https://127.0.0.1:{server.port}/"))
    finally:
        server.stop()  # type: ignore[no-untyped-call]
    assert reading.state == "down"
    assert (reading.error or "").startswith("its certificate is not accepted")


@pytest.mark.parametrize(
    "spec", [{}, {"url": "ftp://x/"}, {"url": "http://x:y/"}, {"setting": "gamepilot_url"}]
)
def test_it_cannot_tell_without_an_address(spec: dict[str, str]) -> None:
    assert http.probe.measure(Task(spec, now=0, timeout_ms=500)).state == "unknown"
