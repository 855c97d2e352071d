import json
import socket

import pytest
import requests

from tests.web.live.server import Server, wait_until


def test_it_sends_events_as_the_log_has_them(web: Server) -> None:
    stream = web.stream("?topics=alerts")
    assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert stream.response.headers["Cache-Control"] == "no-store"
    first = stream.block()
    assert 2000 <= int(first["retry"]) < 4000
    id = web.append("alert:new", {"message": "line\nbreak"})
    event = stream.event()
    assert (event["id"], event["event"]) == (str(id), "alert:new")
    assert json.loads(event["data"]) == {"message": "line\nbreak"}


def test_it_gives_a_newcomer_an_id_to_come_back_with(web: Server) -> None:
    newest = web.append("alert:new")
    wait_until(lambda: web.websocket().hello["id"] == newest)
    assert web.stream("?topics=alerts").block()["id"] == str(newest)
    missed = web.append("alert:new")
    stream = web.stream("?topics=alerts", **{"Last-Event-ID": str(newest)})
    assert stream.event()["id"] == str(missed)


def test_it_shows_the_latest_state_first(web: Server) -> None:
    id = web.append("performance:update", {"period": "5m"})
    wait_until(lambda: web.websocket().hello["id"] == id)
    event = web.stream("?topics=performance").event()
    assert (event["id"], event["data"]) == (str(id), '{"period":"5m"}')


def test_it_believes_last_event_id_over_since(web: Server) -> None:
    first, second = web.append(), web.append()
    wait_until(lambda: web.websocket().hello["id"] == second)
    assert web.stream(f"?topics=alerts&since={first - 1}").event()["id"] == str(first)
    stream = web.stream(f"?topics=alerts&since={first - 1}", **{"Last-Event-ID": str(first)})
    assert stream.event()["id"] == str(second)


@pytest.mark.parametrize(("last", "reason"), [("999999999", "ahead of the log"), ("x7", "unreadable")])
def test_it_tells_of_a_gap(web: Server, last: str, reason: str) -> None:
    state = web.append("mood-persona:update", {})
    wait_until(lambda: web.websocket().hello["id"] == state)
    gap, snapshot = web.stream("?topics=mood-persona", **{"Last-Event-ID": last}).events(2)
    assert (gap["event"], gap["id"]) == ("system:gap", str(state))
    assert json.loads(gap["data"])["reason"] == reason
    assert snapshot["id"] == str(state)


@pytest.mark.parametrize(
    "query", ["?topics=stars", "?topics=alerts&since=yesterday", "?topics=alerts&since=-1"]
)
def test_it_refuses_what_it_does_not_understand(web: Server, query: str) -> None:
    answer = requests.get(f"{web.base}/api/realtime/stream{query}", headers=web.bearer, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["success"] is False


def test_it_answers_a_head_request_and_closes_nothing(web: Server) -> None:
    with requests.Session() as session:
        answer = session.head(f"{web.base}/api/realtime/stream", headers=web.bearer, timeout=10)
    assert answer.status_code == 200


def test_it_ignores_a_token_in_the_address(web: Server) -> None:
    address = f"{web.base}/api/realtime/stream?topics=alerts&token={web.token}&access_token={web.token}"
    assert requests.get(address, timeout=10).status_code == 401


def test_it_speaks_to_old_clients_without_chunks(web: Server) -> None:
    stream = socket.create_connection(("127.0.0.1", web.port), timeout=10)
    head = f"GET /api/realtime/stream HTTP/1.0\r\nAuthorization: Bearer {web.token}\r\n\r\n"
    stream.sendall(head.encode())
    received = b""
    while b"id: " not in received:
        received += stream.recv(4096)
    stream.close()
    assert b"chunked" not in received
    assert received.split(b"\r\n\r\n")[1].startswith(b"retry: ")


def test_it_notices_that_a_client_left(web: Server) -> None:
    before = len(web.clients())
    stream = web.stream("?topics=alerts")
    assert len(web.clients()) == before + 1
    stream.response.close()
    wait_until(lambda: len(web.clients()) == before)
