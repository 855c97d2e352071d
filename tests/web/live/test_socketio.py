"""Socket.IO with the npm client itself."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Token
from tests.web.live.node import Node, installed
from tests.web.live.raw import frame
from tests.web.live.server import Server, wait_until

Start = Callable[..., Server]
Connect = Callable[..., Node]
WAYS = {"websocket": ["websocket"], "polling": ["polling"], "upgrade": ["polling", "websocket"]}


@pytest.fixture(scope="session")
def folder() -> Path:
    return installed()


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[..., Node]]:
    """Runs a script with the folder of the client and what else it is given."""
    opened: list[Node] = []

    def begin(script: str, *arguments: str) -> Node:
        opened.append(Node(script, str(folder), *arguments))
        return opened[-1]

    yield begin
    for node in opened:
        node.close()


@pytest.fixture
def connect(run: Callable[..., Node]) -> Connect:
    def begin(server: Server, way: str = "websocket", **options: Any) -> Node:
        given = {"auth": {"token": server.token}, "transports": WAYS[way], **options}
        return run("socketio.mjs", server.base, json.dumps(given))

    return begin


def ready(node: Node, way: str) -> Node:
    """Connected, and upgraded where that is to come."""
    assert node.next() == ["connect", WAYS[way][-1]]
    return node


@pytest.mark.parametrize("way", WAYS)
def test_it_sends_items_with_their_ids(web: Server, connect: Connect, way: str) -> None:
    node = ready(connect(web, way), way)
    answer = node.ask("subscribe:alerts")
    assert answer["success"]
    assert answer["topics"] == ["alerts"]
    ids = web.append_many(300, data="é" * 300)
    items = [node.until("event", "alert:new")[2] for _ in ids]
    assert [item["feedId"] for item in items] == ids
    assert [item["n"] for item in items] == list(range(300))
    node.ask("unsubscribe:alerts")
    web.append()
    said = web.append("alert:broadcast", {"event": "hi"})
    assert node.next() == ["event", "alert:broadcast", {"feedId": said, "event": "hi"}]
    assert ("socket.io", "tester") in {(row["transport"], row["user"]) for row in web.clients()}


@pytest.mark.parametrize("way", WAYS)
def test_it_resumes_several_topics_in_the_order_of_the_log(web: Server, connect: Connect, way: str) -> None:
    ids = [web.append(("alert:new", "health:update")[n % 2], {"n": n}) for n in range(40)]
    node = ready(connect(web, way), way)
    node.tell(emit=["subscribe:health", {"since": ids[0] - 1}])
    node.tell(emit=["subscribe:alerts", {"since": ids[0] - 1}])
    assert [node.until("event")[2]["feedId"] for _ in ids] == ids
    live = web.append()
    assert node.next()[2]["feedId"] == live


def test_it_tells_of_a_gap(web: Server, connect: Connect) -> None:
    newest = web.append("health:update", {"n": 1})
    node = connect(web)
    node.tell(emit=["subscribe:health", {"since": newest + 1000}])
    gap = node.until("event", "system:gap")[2]
    assert (gap["from"], gap["to"], gap["feedId"]) == (newest + 1000, newest, newest)
    assert node.until("event", "health:update")[2]["feedId"] == newest


@pytest.mark.parametrize("way", WAYS)
def test_it_answers_requests_by_callback_and_by_update(web: Server, connect: Connect, way: str) -> None:
    node = ready(connect(web, way), way)
    assert node.ask("request:health", {"hours": 7})["hours"] == 7
    assert node.until("event", "health:update")[2]["hours"] == 7
    assert "one of" in node.ask("request:nothing")["error"]
    assert "unknown topic" in node.ask("subscribe:nothing")["error"]
    node.tell(emit=["subscribe:alerts", {"since": "x"}])
    assert "since" in node.until("event", "error")[2]["message"]


@pytest.mark.parametrize("way", ["websocket", "polling"])
def test_it_refuses_whoever_may_not(start: Start, connect: Connect, way: str) -> None:
    web = start()
    for token, status in ((None, 401), ("gpm_wrong", 401), (web.new_token("ingest"), 403)):
        node = connect(web, way, auth={} if token is None else {"token": token})
        assert node.next()[2] == {"status": status}
    in_the_address = connect(web, way, auth={}, query={"token": web.token})
    assert in_the_address.next()[2] == {"status": 401}
    assert not web.clients()


def test_it_tells_a_stranger_nothing(web: Server, connect: Connect) -> None:
    node = connect(web, auth={})
    assert node.next()[0] == "connect_error"
    web.append("alert:broadcast", {"event": "hi"})
    assert node.is_silent(0.5)


@pytest.mark.parametrize("way", ["websocket", "polling"])
def test_it_takes_a_browsers_session_from_our_own_page_only(web: Server, connect: Connect, way: str) -> None:
    def browser(**headers: str) -> Node:
        return connect(web, way, auth={}, extraHeaders={"Cookie": web.cookie(), **headers})

    assert browser(Origin=web.base).next()[0] == "connect"
    assert browser().next()[0] == "connect_error"
    assert browser(Origin="http://evil.example").next()[0] == "connect_error"
    assert browser(Origin="null").next()[0] == "connect_error"


@pytest.mark.parametrize("way", WAYS)
def test_it_lets_go_of_a_revoked_token_within_a_second(web: Server, connect: Connect, way: str) -> None:
    node = ready(connect(web, way, auth={"token": web.new_token()}), way)
    with db.write():
        tokens.revoke(Token.select().order_by(Token.id.desc()).get().id, utcnow())
    begun = time.monotonic()
    assert node.next() == ["disconnect", "io server disconnect"]
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("way", WAYS)
def test_it_tells_of_a_stop(start: Start, connect: Connect, way: str) -> None:
    server = start()
    node = ready(connect(server, way), way)
    server.signal(signal.SIGTERM)
    begun = time.monotonic()
    assert node.until("event", "system:shutdown")[2]["reason"]
    assert node.next() == ["disconnect", "transport close"]
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("way", WAYS)
def test_it_keeps_whoever_answers_pings(start: Start, connect: Connect, way: str) -> None:
    server = start({"ping_ms": 500, "silence_ms": 3_000})
    node = ready(connect(server, way), way)
    node.ask("subscribe:alerts")
    assert node.is_silent(4)
    assert len(server.clients()) == 1
    node.process.kill()
    wait_until(lambda: not server.clients())


def test_it_frees_everything_of_clients_that_left(start: Start, connect: Connect) -> None:
    server = start({"ping_ms": 200, "silence_ms": 600})
    ready(connect(server), "websocket").tell(cut=True)
    wait_until(lambda: not server.clients())
    before = server.inside()["sockets"]
    for way in WAYS:
        node = ready(connect(server, way), way)
        node.tell(cut=True)
        ready(connect(server, way), way).process.kill()
    wait_until(lambda: not server.clients())
    wait_until(lambda: server.inside()["sockets"] <= before)


def test_it_hears_what_comes_right_behind_an_upgrade(web: Server) -> None:
    base = f"{web.base}/socket.io/?EIO=4&transport="
    sid = json.loads(requests.get(f"{base}polling", timeout=10).text[1:])["sid"]
    token = json.dumps({"token": web.token})
    assert requests.post(f"{base}polling&sid={sid}", data=f"40{token}", timeout=10).text == "ok"
    assert requests.get(f"{base}polling&sid={sid}", timeout=10).text.startswith("40")
    address = f"{base}websocket&sid={sid}".replace("http", "ws", 1)
    connection = websocket.create_connection(address, suppress_origin=True, timeout=10)
    connection.send("2probe")
    assert connection.recv() == "3probe"
    wishes = (b"5", b'420["subscribe:alerts"]', b'421["subscribe:health"]')
    connection.sock.sendall(b"".join(frame(1, wish) for wish in wishes))
    answers: list[str] = []
    while len(answers) < 2:
        packet = connection.recv()
        answers += [packet[:3]] if packet.startswith("43") else []
    assert answers == ["430", "431"]
    connection.shutdown()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("transport=polling", 5),
        ("EIO=3&transport=polling", 5),
        ("EIO=4&transport=pigeon", 0),
        ("EIO=4&transport=polling&sid=unknown", 1),  # a number by which clients know to begin anew
    ],
)
def test_it_says_what_was_wrong_with_a_handshake(web: Server, query: str, code: int) -> None:
    answer = requests.get(f"{web.base}/socket.io/?{query}", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_it_serves_the_react_hook_of_a_dashboard(web: Server, run: Callable[..., Node]) -> None:
    health = web.append("health:update", {"status": "healthy"})
    node = run("hook.mjs", web.base, web.token)
    node.until("ready")
    ids = web.append_many(12)
    while len((state := node.until("state")[1])["alerts"]) < 10 or state["alerts"][-1]["feedId"] != ids[-1]:
        pass
    assert state["health"] == {"feedId": health, "status": "healthy"}
    assert [alert["feedId"] for alert in state["alerts"]] == ids[-10:]
    node.tell()
    assert node.until("disconnect")[1] == "io client disconnect"
