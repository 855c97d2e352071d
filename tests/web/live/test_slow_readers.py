"""Clients that read slowly or not at all: they cost the others nothing and the process little."""

import json
import socket
import time
from collections.abc import Callable

from tests.web.live.raw import Raw
from tests.web.live.server import Server, wait_until

Start = Callable[..., Server]

PAD = "x" * 2000
SUBSCRIBE = '{"type":"subscribe","topics":["alerts"]}'


def stuck(server: Server) -> Raw:
    """Subscribed, but reads nothing from now on."""
    client = server.raw(receive_buffer=4096)
    client.text(SUBSCRIBE)
    client.text('{"type":"ping"}')
    assert client.frame()[1] == b'{"type":"pong"}'
    return client


def next_item(client: Raw) -> int:
    while (frame := client.frame())[0] != 1:
        pass
    return int(json.loads(frame[1])["id"])


def test_it_keeps_nobody_waiting_behind_a_stuck_reader(start: Start) -> None:
    server = start()
    for _ in range(5):
        stuck(server)
    reader = server.websocket().subscribe("alerts").settle()
    slowest = 0.0
    for _ in range(60):
        begun = time.monotonic()
        server.append_many(30, data=PAD)
        reader.items(30)
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 5  # a stuck reader is let go after 60 s
    assert sum(client["behind"] > 0 for client in server.clients()) == 5


def test_it_spends_no_memory_on_what_is_not_read(start: Start) -> None:
    server = start()
    reader = server.websocket().subscribe("alerts").settle()

    def write(megabytes: int) -> int:
        for _ in range(megabytes):
            server.append_many(500, data=PAD)
            reader.items(500)
        return int(server.inside()["rss"])

    before = write(6)  # as much as the process keeps of the newest items anyway
    for _ in range(50):
        stuck(server)
    assert write(6) - before < 6_000_000


def test_it_brings_a_reader_level_that_wakes_up(start: Start) -> None:
    server = start()
    client = stuck(server)
    ids = [id for _ in range(10) for id in server.append_many(500, data=PAD)]
    wait_until(lambda: server.clients()[0]["behind"])
    assert [next_item(client) for _ in ids] == ids
    wait_until(lambda: server.clients()[0]["behind"] == 0)
    live = server.append()
    assert next_item(client) == live


def test_it_drops_a_reader_that_takes_nothing_for_long(start: Start) -> None:
    server = start({"stuck_ms": 300})
    client = stuck(server)
    server.append_many(500, data=PAD)
    wait_until(lambda: not server.clients())
    assert client.ended()


def test_it_lets_go_of_a_client_that_asks_but_does_not_read(start: Start) -> None:
    server = start()
    client = stuck(server)
    server.append_many(500, data=PAD)
    wait_until(lambda: server.clients()[0]["behind"])
    with_answers = json.dumps({"type": "subscribe", "topics": ["x" * 40] * 1200})

    def ask() -> bool:
        try:
            client.text(with_answers)
        except OSError:
            return True
        return not server.clients()

    wait_until(ask, 60)


def test_it_gives_a_byte_by_byte_reader_an_intact_stream(start: Start) -> None:
    server = start()
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.settimeout(10)
    stream.connect(("127.0.0.1", server.port))
    head = f"GET /api/realtime/stream?topics=alerts HTTP/1.0\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    stream.sendall(head.encode())
    wait_until(server.clients)
    ids = server.append_many(200, data=PAD)
    received = bytearray()
    while not (received.endswith(b"\n\n") and f"id: {ids[-1]}\n".encode() in received):
        received += stream.recv(1)
    stream.close()
    events = [block for block in received.decode().split("\n\n") if "data: " in block]
    assert [int(block.split("\n")[0].removeprefix("id: ")) for block in events] == ids
    assert all(json.loads(block.split("data: ")[1])["pad"] == PAD for block in events)
