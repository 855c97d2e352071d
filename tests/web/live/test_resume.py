"""Exactly once and in order, whenever the connection is cut and whoever writes meanwhile.

CUTS sets how often each transport is cut (by default 200 times, Socket.IO 60: each of its resumes waits for
the other topics to be named; .ci/run asks for 500). CUTS=3334 makes 10,000 in all.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket

from gamepilot_mon.models import FeedItem
from tests.web.live.server import ROOT, Server

Start = Callable[..., Server]

CUTS = os.environ.get("CUTS")
TOPICS = ("alerts", "health")


class Writer:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def stop(self) -> int:
        """The last id."""
        return int(self._process.communicate()[0])


@contextmanager
def writing(server: Server, folder: Path) -> Iterator[Writer]:
    command = [sys.executable, "-m", "tests.web.live.appender", server.url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as process:  # type: ignore[call-overload]
        yield Writer(process)


def ids_of(topics: tuple[str, ...], after: int = 0) -> list[int]:
    rows = FeedItem.select(FeedItem.id).where(FeedItem.topic.in_(topics) & (FeedItem.id > after))
    return [row.id for row in rows.order_by(FeedItem.id)]


def read_by_websocket(server: Server, since: int, count: int) -> list[int]:
    client = server.websocket().subscribe(*TOPICS, since=since)
    ids = [item["id"] for item in client.items(count)]
    server.hang_up()
    return ids


def read_by_stream(server: Server, since: int, count: int) -> list[int]:
    stream = server.stream(f"?topics={','.join(TOPICS)}&since=0", **{"Last-Event-ID": str(since)})
    ids = [int(event["id"]) for event in stream.events(count)]
    server.hang_up()
    return ids


def connected_socket_io(server: Server) -> websocket.WebSocket:
    connection = websocket.create_connection(
        f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket", suppress_origin=True, timeout=10
    )
    connection.send("40" + json.dumps({"token": server.token}))
    while not connection.recv().startswith("40"):
        pass
    return connection


def subscribe_socket_io(connection: websocket.WebSocket, since: int) -> None:
    for topic in TOPICS:
        connection.send("42" + json.dumps([f"subscribe:{topic}", {"since": since}]))


def ids_by_socket_io(connection: websocket.WebSocket, count: int) -> list[int]:
    ids: list[int] = []
    while len(ids) < count:
        packet = connection.recv()
        if packet.startswith("42"):
            ids.append(json.loads(packet[2:])[1]["feedId"])
    return ids


def read_by_socket_io(server: Server, since: int, count: int) -> list[int]:
    connection = connected_socket_io(server)
    subscribe_socket_io(connection, since)
    ids = ids_by_socket_io(connection, count)
    connection.shutdown()
    return ids


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("read", "cuts"), [(read_by_websocket, 200), (read_by_stream, 200), (read_by_socket_io, 60)]
)
def test_it_misses_and_repeats_nothing_over_many_cuts(
    start: Start, tmp_path: Path, read: Callable[[Server, int, int], list[int]], cuts: int
) -> None:
    server, cuts = start(), int(CUTS or cuts)
    since = server.append_many(1000)[0] - 1  # before the process began: these come from the store
    chance = random.Random(11)
    seen: list[int] = []
    begun = time.monotonic()
    with writing(server, tmp_path) as writer:
        for _ in range(cuts):
            # Now and then it has all that there is, so that cuts also fall where the past meets what is live.
            whole = min(len(ids_of(TOPICS, since)), 1000) if chance.random() < 0.1 else 0
            seen += read(server, since, whole + chance.randint(0, 25))
            since = max(seen[-1:], default=since)
        last = writer.stop()
    took_s = time.monotonic() - begun
    while ids := ids_of(TOPICS, since):
        seen += read(server, since, min(len(ids), 500))
        since = seen[-1]
    wanted = ids_of(TOPICS)
    missed, twice = len(set(wanted) - set(seen)), len(seen) - len(set(seen))
    print(
        f"\n{read.__name__}: {cuts} cuts in {took_s:.0f} s, {len(seen)} items, {missed} missed, {twice} twice"
    )
    assert seen == wanted
    assert last >= seen[-1]


def test_it_resumes_from_anywhere_in_the_log(start: Start, tmp_path: Path) -> None:
    server = start()
    server.append_many(3000, data="x" * 300)
    server.inside()
    chance = random.Random(13)
    with writing(server, tmp_path) as writer:
        for _ in range(60):
            since = chance.randint(0, 3000)
            read = chance.choice([read_by_websocket, read_by_stream, read_by_socket_io])
            assert read(server, since, 150) == ids_of(TOPICS, since)[:150]
        writer.stop()


def test_it_shows_what_was_missed_before_what_is_always_on(web: Server) -> None:
    """The broadcast comes when the clients are connected and have not said yet where they resume."""
    missed = web.append_many(5)
    witness = web.stream("?topics=alerts")
    plain, socket_io = web.websocket(), connected_socket_io(web)
    said = web.append("alert:broadcast", {"event": "hi"})
    while int(witness.event()["id"]) < said:
        pass
    plain.subscribe("alerts", since=missed[0] - 1)
    subscribe_socket_io(socket_io, missed[0] - 1)
    assert [item["id"] for item in plain.items(6)] == [*missed, said]
    assert ids_by_socket_io(socket_io, 6) == [*missed, said]
    socket_io.shutdown()


def test_it_lets_a_client_that_asks_for_nothing_hear_what_is_always_on(web: Server) -> None:
    plain, socket_io = web.websocket(), connected_socket_io(web)
    said = web.append("alert:broadcast", {"event": "hi"})
    assert plain.receive()["id"] == said
    assert ids_by_socket_io(socket_io, 1) == [said]
    socket_io.shutdown()


def test_it_shows_nothing_new_between_the_callback_and_what_was_missed(web: Server) -> None:
    """Socket.IO: to a client that subscribes long after it signed in, too."""
    missed = web.append_many(5)
    late = connected_socket_io(web)
    early = web.append("alert:broadcast", {"event": "hi"})
    assert ids_by_socket_io(late, 1) == [early]
    late.send("421" + json.dumps(["subscribe:alerts", {"since": missed[0] - 1}]))
    while not late.recv().startswith("431"):
        pass
    said = web.append("alert:broadcast", {"event": "hi"})
    assert ids_by_socket_io(late, 6) == [*missed, said]
    late.shutdown()


def test_it_shows_by_socket_io_what_was_missed_of_a_topic_that_is_subscribed_already(web: Server) -> None:
    missed = web.append_many(5)
    late = connected_socket_io(web)
    late.send("42" + json.dumps(["subscribe:alerts"]))
    live = web.append("alert:new")
    assert ids_by_socket_io(late, 1) == [live]
    late.send("42" + json.dumps(["subscribe:alerts", {"since": missed[1]}]))
    assert ids_by_socket_io(late, 3) == missed[2:]
    late.shutdown()
