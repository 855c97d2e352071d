"""Bodies that mean harm: each is refused or taken for what it is, and none of them leaves memory behind."""

import gzip
import itertools
import json
import os
import socket
from collections.abc import Callable

import psutil
import pytest
import requests

from tests.serving import Server

COUNT = int(os.environ.get("HOSTILE_BODIES", "2000"))
GROWTH_MAX = 20e6
GOOD = b'{"kind":"deploy","version":"1"}'


def events(event: bytes) -> bytes:
    return b'{"events":[' + event + b"]}"


# Each body with what it may be answered: taken whole, refused in part, or refused.
BODIES: dict[str, tuple[bytes, set[int]]] = {
    "deep": (b'{"events":[' + b"[" * 100_000, {400}),
    "deep-inside": (events(b'{"kind":"deploy","version":"1","metadata":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"),
                    {202, 400}),
    "nan": (events(b'{"kind":"metric","name":"m","value":NaN}'), {400}),
    "infinite": (events(b'{"kind":"metric","name":"m","value":1e999}'), {202, 400}),
    "minus-infinite": (events(b'{"kind":"metric","name":"m","value":-Infinity}'), {400}),
    "huge-number": (events(b'{"kind":"metric","name":"m","value":' + b"9" * 10_000 + b"}"), {202, 400}),
    "duplicate-keys": (events(b'{"kind":"deploy","version":"1","version":"2"}'), {202}),
    "duplicate-events": (b'{"events":[],"events":[' + GOOD + b"]}", {202}),
    "utf-16": (events(GOOD).decode().encode("utf-16"), {400}),
    "latin-1": (events(b'{"kind":"deploy","version":"\xe9"}'), {202, 400}),
    "overlong": (events(b'{"kind":"deploy","version":"\xc0\x80"}'), {202, 400}),
    "surrogate": (events(b'{"kind":"deploy","version":"\\ud800"}'), {202, 400}),
    "nul": (events(b'{"kind":"deploy","version":"a\\u0000b"}'), {202}),
    "bom": (b"\xef\xbb\xbf" + events(GOOD), {400}),
    "many-keys": (events(b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}"), {202}),
    "many-nothings": (events(b",".join([b"{}"] * 5_001)), {422}),
    "a-million-nulls": (events(b",".join([b"null"] * 200_000)), {422}),
    "long-text": (events(b'{"kind":"deploy","version":"' + b"x" * 900_000 + b'"}'), {202}),
    "nothing": (b"", {400}),
    "zeros": (b"\0" * 100_000, {400}),
}  # fmt: skip


def post(session: requests.Session, server: Server, body: bytes, **headers: str) -> requests.Response:
    everything = {**server.bearer("ingest"), "Content-Type": "application/json", **headers}
    return session.post(f"{server.url}/api/v1/events", data=body, headers=everything, timeout=30)


@pytest.mark.parametrize("name", BODIES)
def test_it_answers_every_body_and_goes_on(server: Server, name: str) -> None:
    body, allowed = BODIES[name]
    with requests.Session() as session:
        answer = post(session, server, body)
        assert answer.status_code in allowed, answer.text[:300]
        assert answer.status_code != 202 or answer.json()["accepted"] + len(answer.json()["rejected"]) == 1
        assert post(session, server, events(GOOD)).json()["accepted"] == 1


def without_end(server: Server) -> None:
    """Chunks that never end, by a client that leaves."""
    head = f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.tokens['ingest']}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        client.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n")


def bomb(server: Server) -> None:
    packed = gzip.compress(b" " * 20_000_000)
    with requests.Session() as session:
        assert post(session, server, packed, **{"Content-Encoding": "gzip"}).status_code == 413


def memory(server: Server) -> int:
    return max(one.memory_info().rss for one in psutil.Process(server.process.pid).children(recursive=True))


def test_it_keeps_nothing_of_hostile_bodies(serve: Callable[..., Server]) -> None:
    server = serve()
    kinds = itertools.cycle(BODIES.items())
    with requests.Session() as session:

        def send(count: int) -> None:
            for number, (name, (body, allowed)) in enumerate(itertools.islice(kinds, count)):
                assert post(session, server, body).status_code in allowed, name
                if number % 100 == 0:
                    without_end(server)
                    bomb(server)

        send(400)  # the first ones fill what is kept on purpose: caches, statements, the allocator's arenas
        before = memory(server)
        send(COUNT)
        grown = memory(server) - before

    assert grown < GROWTH_MAX, json.dumps({"grown_mb": grown / 1e6})
    print(f"{COUNT} hostile bodies: {grown / 1e6:+.1f} MB")
