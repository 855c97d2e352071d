"""Who is let in, and how many."""

import subprocess
import sys
from collections.abc import Callable

import pytest
import requests
import websocket

from gamepilot_mon.web.live.origin import refusal, vouched
from tests.web.live.server import ROOT, Server, wait_until

Start = Callable[..., Server]


@pytest.mark.parametrize(
    ("origin", "host", "secure", "allowed", "trusted", "refused"),
    [
        ("http://mon:3001", "mon:3001", False, [], False, False),
        ("http://MON:3001", "mon:3001", False, [], False, False),
        ("https://mon", "mon", True, [], False, False),
        ("https://mon", "mon", False, [], False, False),
        ("http://mon", "mon", True, [], False, True),
        ("http://mon:3002", "mon:3001", False, [], False, True),
        ("http://mon.evil", "mon", False, [], False, True),
        ("http://evil", "mon", False, ["https://evil"], False, True),
        ("https://app.example", "mon", False, ["https://App.example/"], False, False),
        ("null", "mon", False, [], True, True),
        ("null", "null", False, [], True, True),
        ("", "", False, [], True, True),
        ("http://evil", "mon", False, [], True, True),
        ("chrome-extension://mon", "mon", False, [], False, True),
        (None, "mon", False, [], True, False),
        (None, "mon", False, [], False, True),
    ],
)
def test_it_judges_an_origin(
    origin: str | None, host: str, secure: bool, allowed: list[str], trusted: bool, refused: bool
) -> None:
    reason = refusal(origin, host, secure=secure, allowed=allowed, trusted_without=trusted)
    assert (reason is not None) is refused


@pytest.mark.parametrize(
    ("site", "accept", "fine"),
    [
        ("same-origin", "*/*", True),
        ("none", "text/html", True),
        ("cross-site", "text/event-stream", False),
        ("same-site", "text/event-stream", False),
        (None, "text/event-stream", True),
        (None, "*/*", False),
    ],
)
def test_it_judges_a_get_without_origin(site: str | None, accept: str, fine: bool) -> None:
    assert vouched(site, accept) is fine


def test_it_says_that_it_wants_a_websocket(web: Server) -> None:
    answer = requests.get(f"{web.base}/ws", headers=web.bearer, timeout=15)
    assert (answer.status_code, answer.headers["Upgrade"]) == (426, "websocket")
    assert requests.get(f"{web.base}/ws", timeout=15).status_code == 401


def test_it_tells_a_foreign_page_nothing(web: Server) -> None:
    address = f"{web.base}/socket.io/?EIO=4&transport=polling"
    foreign = requests.get(address, headers={"Origin": "http://evil.example"}, timeout=15)
    own = requests.get(address, headers={"Origin": web.base}, timeout=15)
    assert foreign.status_code == 403 and "Access-Control-Allow-Origin" not in foreign.headers
    assert own.headers["Access-Control-Allow-Origin"] == web.base


def test_it_lets_a_browser_in_from_our_own_page_only(web: Server) -> None:
    own = f"http://127.0.0.1:{web.port}"
    assert web.raw_browser(Origin=own).status == 101
    stream = f"{web.base}/api/realtime/stream"
    cookie = {"Cookie": web.cookie()}
    with requests.get(
        stream, headers={**cookie, "Accept": "text/event-stream"}, stream=True, timeout=10
    ) as answer:
        assert answer.status_code == 200


def test_it_lets_pages_of_allowed_origins_read_the_stream(start: Start) -> None:
    server = start(ALLOWED_ORIGINS="https://app.example")
    stream = server.stream("?topics=alerts", Origin="https://app.example")
    assert stream.response.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_it_refuses_more_than_it_can_serve(start: Start) -> None:
    server = start(GAMEPILOT_MON_LIVE_MAX="2")
    first = server.websocket()
    server.stream()
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        server.websocket()
    assert caught.value.status_code == 503
    assert int(caught.value.resp_headers["retry-after"]) > 0
    first.cut()
    wait_until(lambda: len(server.clients()) == 1)
    server.websocket().settle()


def test_it_lists_who_is_there(start: Start) -> None:
    server = start()
    server.websocket().subscribe("alerts", "health").settle()
    server.stream("?topics=alerts").block()
    listing = server.inside()["clients"]
    assert listing["connectedClients"] == 2
    assert listing["byTransport"] == {"websocket": 1, "sse": 1}
    assert listing["byTopic"] == {"alerts": 2, "health": 1, "system": 2}
    first = listing["clients"][0]
    assert set(first) == {"id", "transport", "topics", "connectedAt", "user", "behind", "delayMs"}
    assert (first["user"], first["behind"]) == ("tester", 0)
    assert first["topics"] == ["health", "alerts", "system"]


def test_it_says_what_it_needs_under_another_server(web: Server) -> None:
    code = (
        "import tests.web.live.app as a; c = a.app.test_client(); "
        f"r = c.get('/api/realtime/stream', headers={{'Authorization': 'Bearer {web.token}'}}); "
        "print(r.status_code, r.json['detail'])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT, env={"GAMEPILOT_MON_DATABASE_URL": web.url}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.stdout.startswith("501 "), done.stderr
    assert "gunicorn" in done.stdout
