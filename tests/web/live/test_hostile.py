"""What hostile clients get: each is refused or closed as it should be, and nobody else notices.

After every case the four well-behaved clients have had every item in time, the process has grown by less than
GROWTH_MAX over all the cases so far, and holds as many sockets as in the beginning.
"""

import contextlib
import itertools
import json
import select
import socket
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Token
from gamepilot_mon.web import worker
from gamepilot_mon.web.live.deflate import compressed
from tests.web.live.bystanders import Bystanders, bystanders
from tests.web.live.raw import DEADLINE_S, Raw, frame
from tests.web.live.server import Server, wait_until

TIMES = 30  # at once, for each case
GROWTH_MAX = 20_000_000  # bytes
PATIENCE_S = 5.0  # the readers are threads of this process, beside the attackers
PER_ADDRESS = 60
OTHERS = 4
WEBSOCKET, SOCKET_IO = "/ws", "/socket.io/?EIO=4&transport=websocket"
STREAM, POLLING = "/api/realtime/stream?topics=alerts", "/socket.io/?EIO=4&transport=polling"
EVIL = "http://evil.example"
DEFLATE = {"Sec_WebSocket_Extensions": "permessage-deflate"}


@dataclass
class Siege:
    """A server under attack, the others on it, and how it was before."""

    web: Server
    others: Bystanders
    rss: int
    sockets: int

    def check(self, number: int) -> None:
        slowest = self.others.slowest_since(number)
        wait_until(lambda: self.web.inside()["sockets"] <= self.sockets)
        grown = self.web.inside()["rss"] - self.rss
        print(f" grown by {grown // 1024} KiB, slowest item {slowest * 1000:.0f} ms")
        assert grown < GROWTH_MAX
        assert slowest < PATIENCE_S

    def attack(self, once: Callable[["Siege"], int], expected: int, times: int = TIMES) -> None:
        number = self.others.number
        with ThreadPoolExecutor(times) as pool:
            assert set(pool.map(once, [self] * times)) == {expected}
        self.check(number)


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    web = Server(
        tmp_path_factory.mktemp("siege"),
        {"linger_ms": 100},
        GAMEPILOT_MON_LIVE_MAX_PER_ADDRESS=str(PER_ADDRESS),
    )
    with bystanders(web) as others:
        web.open_readers()
        web.append_many(2500)  # as many as it keeps of the newest items
        for path in (WEBSOCKET, SOCKET_IO):
            opened(web, path).close()
        wait_until(lambda: len(web.clients()) == OTHERS)
        inside = web.inside()
        yield Siege(web, others, inside["rss"], inside["sockets"])
    web.close()


def opened(web: Server, path: str, **headers: str) -> Raw:
    return Raw(web.port, web.token, path=path, **headers)


# At the door


def token_without(web: Server, how: str) -> str | None:
    """A token that opens nothing (any more)."""
    if how == "none":
        return None
    if how == "wrong":
        return "gpm_wrong"
    with db.write():
        token = tokens.create("viewer", how, utcnow(), lifetime_ms=1 if how == "expired" else None)
        if how == "revoked":
            tokens.revoke(Token.select().order_by(Token.id.desc()).get().id, utcnow())
    wait_until(lambda: utcnow() > Token.select().order_by(Token.id.desc()).get().created_at + 1)
    return token


def status_of(web: Server, path: str, headers: dict[str, str]) -> int:
    if path in (WEBSOCKET, SOCKET_IO):
        names = {name.replace("-", "_"): value for name, value in headers.items()}
        client = Raw(web.port, None, path=path, **names)
        client.close()
        return client.status
    with requests.get(web.base + path, headers=headers, timeout=DEADLINE_S) as answer:
        return answer.status_code


@pytest.mark.parametrize("how", ["none", "wrong", "expired", "revoked"])
@pytest.mark.parametrize("path", [WEBSOCKET, STREAM])
def test_it_lets_nobody_in_without_a_valid_token(siege: Siege, path: str, how: str) -> None:
    token = token_without(siege.web, how)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    siege.attack(lambda siege: status_of(siege.web, path, headers), 401)


@pytest.mark.parametrize("how", ["none", "wrong", "expired", "revoked"])
def test_it_lets_nobody_in_without_a_valid_token_by_socket_io(siege: Siege, how: str) -> None:
    token = token_without(siege.web, how)
    connect = b'40{"token":"%b"}' % token.encode() if token else b"40"

    def once(siege: Siege) -> int:
        client = Raw(siege.web.port, None, path=SOCKET_IO)
        client.send(1, connect)
        said = client.frame()[1]
        client.close()
        return int(said.startswith(b"44") and b'"status":401' in said)

    siege.attack(once, True)


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        *((path, origin) for path in (WEBSOCKET, STREAM, SOCKET_IO, POLLING) for origin in (EVIL, "null")),
        # Whoever knocks at Socket.IO without Origin may still show a token; test_socketio has the cookie alone.
        (WEBSOCKET, None),
        (STREAM, None),
    ],
)
def test_it_takes_no_cookie_from_a_foreign_page(siege: Siege, path: str, origin: str | None) -> None:
    headers = {"Cookie": siege.web.cookie(), **({"Origin": origin} if origin else {})}
    siege.attack(lambda siege: status_of(siege.web, path, headers), 403)


def test_it_refuses_more_than_so_many_from_one_address(siege: Siege) -> None:
    number = siege.others.number
    clients = [Raw(siege.web.port, siege.web.token) for _ in range(PER_ADDRESS + 20)]
    assert [client.status for client in clients] == [101] * (PER_ADDRESS - OTHERS) + [429] * (20 + OTHERS)
    assert status_of(siege.web, STREAM, siege.web.bearer) == 429
    assert status_of(siege.web, POLLING, {}) == 429
    for client in clients:
        client.close()
    wait_until(lambda: len(siege.web.clients()) == OTHERS)
    siege.check(number)


def test_it_waits_for_no_slow_handshake(siege: Siege) -> None:
    """Slowloris: a byte now and then, and never the end of the head."""
    number, begun = siege.others.number, time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", siege.web.port), DEADLINE_S) for _ in range(300)]
    for client in slow:
        client.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    while slow:
        ended, _, _ = select.select(slow, [], [], 0.5)
        for client in slow:
            send_a_byte(client)
        for client in ended:
            assert not received(client)
            slow.remove(client)
            client.close()
        assert time.monotonic() - begun < worker.HEAD_S + 5
    assert time.monotonic() - begun > worker.HEAD_S - 1
    siege.check(number)


def send_a_byte(client: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        client.send(b"x")


def received(client: socket.socket) -> bytes:
    try:
        return client.recv(1000)
    except ConnectionError:
        return b""


def test_it_waits_for_no_slow_second_request(siege: Siege) -> None:
    number = siege.others.number
    with socket.create_connection(("127.0.0.1", siege.web.port), 2 * worker.HEAD_S) as client:
        client.sendall(b"GET /inside HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in client.recv(65_536).split(b"\r\n")[0]
        client.sendall(b"GET ")
        begun = time.monotonic()
        while client.recv(65_536):
            pass
        assert time.monotonic() - begun < worker.HEAD_S + 8
    siege.check(number)


@pytest.mark.parametrize(("head", "status"), [
    (b"GET /ws HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 1_000_000, 431),
    (b"GET /ws HTTP/1.1\r\nHost: x\r\n" + b"X-Many: x\r\n" * 100_000, 431),
    (b"GET /" + b"x" * 1_000_000, 414),
], ids=["long", "many", "address"])  # fmt: skip
def test_it_reads_no_endless_head(siege: Siege, head: bytes, status: int) -> None:
    def once(siege: Siege) -> int:
        with socket.create_connection(("127.0.0.1", siege.web.port), DEADLINE_S) as client:
            pour(client, [head])
            return int(received(client).split()[1])

    siege.attack(once, status, times=10)


# Frames

MB = 1 << 20
bomb_of_1_mb = compressed(bytes(MB))
DEEP = zlib.compressobj(9, wbits=-15)
bomb_of_1_gb = b"".join(DEEP.compress(bytes(MB)) for _ in range(1024)) + DEEP.flush(zlib.Z_SYNC_FLUSH)[:-4]
FRAGMENT = frame(0, b"", final=False)

CASES: dict[str, tuple[int, list[bytes]]] = {
    "a frame of 10 MB": (1009, [frame(1, b"x" * 10 * MB)]),
    "10 MB announced": (1009, [b"\x81\xff" + (10 * MB).to_bytes(8)]),
    "10 MB in fragments": (1009, [frame(1, b"x" * 10_000, final=False), frame(0, b"x" * 60_000) * 170]),
    "fragments without end": (1008, [frame(1, b"", final=False), FRAGMENT * 1500]),
    "unmasked": (1002, [frame(1, b"{}", masked=False)]),
    "no UTF-8": (1007, [frame(1, b"\xff\xfe")]),
    "half a character": (1007, [frame(1, b"\xc3", final=False), frame(0, b"\x28")]),
    "no UTF-8 at the end": (1007, [frame(8, b"\x03\xe8\xff")]),
    "a close of one byte": (1002, [frame(8, b"\x03")]),
    "binary": (1003, [frame(2, b"\x00")]),
    "compressed unasked": (1002, [frame(1, b"{}", rsv=4)]),
    "second reserved bit": (1002, [frame(1, b"{}", rsv=2)]),
    "third reserved bit": (1002, [frame(1, b"{}", rsv=1)]),
    "reserved opcode": (1002, [frame(5, b"")]),
    "reserved control opcode": (1002, [frame(11, b"")]),
    "a ping in fragments": (1002, [frame(9, b"", final=False)]),
    "a long ping": (1002, [frame(9, b"x" * 126)]),
    "a flood of messages": (1008, [frame(1, b"2") * 60]),
    "a flood of pings": (1008, [frame(9, b"") * 60]),
}  # fmt: skip


def close_code(client: Raw, parts: list[bytes]) -> int:
    for part in parts:
        client.pour(part)
    code = client.close_code()
    assert client.ended()
    client.close()
    return code


@pytest.mark.parametrize("path", [WEBSOCKET, SOCKET_IO])
@pytest.mark.parametrize("case", CASES)
def test_it_closes_on(siege: Siege, case: str, path: str) -> None:
    code, parts = CASES[case]
    siege.attack(lambda siege: close_code(opened(siege.web, path), parts), code)


@pytest.mark.parametrize("path", [WEBSOCKET, SOCKET_IO])
@pytest.mark.parametrize(
    ("payload", "code"),
    [(bomb_of_1_mb, 1009), (bomb_of_1_gb, 1009), (bomb_of_1_gb[:60_000], 1009), (b"\xff\xff\xff", 1002)],
    ids=["1 MB", "1 GB", "the most that one frame holds", "garbage"],
)
def test_it_unfolds_no_bomb(siege: Siege, path: str, payload: bytes, code: int) -> None:
    bomb = frame(1, payload, rsv=4)
    siege.attack(lambda siege: close_code(opened(siege.web, path, **DEFLATE), [bomb]), code)


@pytest.mark.parametrize("path", [WEBSOCKET, SOCKET_IO])
def test_it_allows_a_hundred_fragments(siege: Siege, path: str) -> None:
    text = b'{"type":"ping"}' if path == WEBSOCKET else b"2" + b"probe"
    text = text.ljust(100) if path == WEBSOCKET else text
    parts = [text[at : at + 1] for at in range(len(text))]
    parts += [b""] * (100 - len(parts))
    stream = frame(1, parts[0], final=False)
    stream += b"".join(frame(0, part, final=False) for part in parts[1:-1]) + frame(0, parts[-1])

    def once(siege: Siege) -> int:
        client = opened(siege.web, path)
        client.pour(stream)
        said = client.frame()
        client.close()
        return int(said in ((1, b'{"type":"pong"}'), (1, b"3probe")))

    siege.attack(once, True)


# Polling


def session(web: Server) -> str:
    """The address of a polling session in which nobody has signed in."""
    opened = requests.get(web.base + POLLING, timeout=DEADLINE_S).text
    return f"{POLLING}&sid={json.loads(opened[1:])['sid']}"


def status_of_post(web: Server, address: str, headers: str, parts: Iterable[bytes]) -> int:
    with socket.create_connection(("127.0.0.1", web.port), DEADLINE_S) as client:
        head = f"POST {address} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n"
        pour(client, [head.encode(), *parts])
        return int(received(client).split()[1])


def pour(client: socket.socket, parts: Iterable[bytes]) -> None:
    """Send what the server may refuse halfway."""
    with contextlib.suppress(ConnectionError):
        for part in parts:
            client.sendall(part)


def leave(web: Server, address: str) -> None:
    assert requests.post(web.base + address, "1", timeout=DEADLINE_S).text == "ok"


CHUNK = b"10000\r\n" + bytes(65536) + b"\r\n"
POSTS = {
    "a byte too much": ("Content-Length: 65537", [bytes(65537)]),
    "10 MB": (f"Content-Length: {10 * MB}", [bytes(MB)] * 10),
    "10 MB in chunks": ("Transfer-Encoding: chunked", [CHUNK] * 160),
    "1 GB announced": (f"Content-Length: {1 << 30}", [bytes(MB)] * 10),
}


@pytest.mark.parametrize("case", POSTS)
def test_it_refuses_what_is_too_much_for_one_post(siege: Siege, case: str) -> None:
    headers, parts = POSTS[case]

    def once(siege: Siege) -> int:
        address = session(siege.web)
        status = status_of_post(siege.web, address, headers, parts)
        leave(siege.web, address)
        return status

    siege.attack(once, 413)


def test_it_reads_no_endless_body(siege: Siege) -> None:
    """As fast as the other side can send it, for as long as the server goes on reading."""

    def once(siege: Siege) -> int:
        sent = itertools.repeat(bytes(MB), 1024)
        return status_of_post(siege.web, "/ws", "Content-Length: 10000000000", sent)

    siege.attack(once, 405, times=3)


def test_it_closes_a_session_on_a_flood(siege: Siege) -> None:
    def once(siege: Siege) -> bool:
        url = siege.web.base + session(siege.web)
        assert requests.post(url, "\x1e".join(["2"] * 60), timeout=DEADLINE_S).status_code == 200
        said = [requests.get(url, timeout=DEADLINE_S).text for _ in range(2)]
        return said[0].count("3") == 50 and said[1] == "1"

    siege.attack(once, True)


@pytest.mark.parametrize("way", ["GET", "POST", "upgrade"])
def test_it_knows_no_session_that_it_did_not_open(siege: Siege, way: str) -> None:
    def once(siege: Siege) -> int:
        if way == "upgrade":
            return status_of(siege.web, SOCKET_IO + "&sid=unknown", {})
        url = siege.web.base + POLLING + "&sid=unknown"
        return requests.request(way, url, data=b"40", timeout=DEADLINE_S).status_code

    siege.attack(once, 400)
