"""How connections end: gone clients, credentials that no longer hold, and the end of the process."""

import json
import signal
import time
from collections.abc import Callable

import pytest

from gamepilot_mon import db
from gamepilot_mon.auth import sessions, tokens
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Token, User
from tests.web.live.server import Server, wait_until

Start = Callable[..., Server]
QUICK = {"ping_ms": 500, "silence_ms": 4_000}


def test_it_pings_and_keeps_whoever_answers(start: Start) -> None:
    server = start(QUICK)
    answering, silent = server.raw(), server.raw()
    while len(server.clients()) == 2:
        opcode, payload = answering.any_frame()
        assert (opcode, payload) == (9, b"")
        answering.send(10, payload)
    assert silent.ended()
    assert answering.any_frame() == (9, b"")  # the one that is left


def test_it_pings_streams_with_a_comment(start: Start) -> None:
    stream = start(QUICK).stream("?topics=alerts")
    stream.block()
    assert stream.block() == {"": "ping"}
    assert stream.block() == {"": "ping"}


def test_it_frees_everything_of_clients_that_left(start: Start) -> None:
    server = start()
    server.raw().close()
    wait_until(lambda: not server.clients())
    before = server.inside()["descriptors"]
    for _ in range(20):
        server.websocket().subscribe("alerts").settle()
        server.stream("?topics=alerts").block()
        server.hang_up()
    wait_until(lambda: not server.clients())
    wait_until(lambda: server.inside()["descriptors"] <= before)


def test_it_closes_the_streams_of_a_revoked_token_within_a_second(web: Server) -> None:
    token = web.new_token()
    client, stream = web.websocket(token=token), web.stream(Authorization=f"Bearer {token}")
    other = web.websocket()
    with db.write():
        tokens.revoke(Token.select().order_by(Token.id.desc()).get().id, utcnow())
    begun = time.monotonic()
    assert client.close_code() == 4401
    with pytest.raises(EOFError):
        stream.events(1000)
    assert time.monotonic() - begun < 1
    other.settle()


def test_it_closes_the_streams_of_a_token_that_expires(web: Server) -> None:
    with db.write():
        token = tokens.create("viewer", "short", utcnow(), lifetime_ms=3_000)
    client = web.websocket(token=token)
    begun = time.monotonic()
    assert client.close_code() == 4401
    assert time.monotonic() - begun < 4


def test_it_closes_the_streams_of_a_browser_that_signs_out(web: Server) -> None:
    client = web.raw_browser()
    with db.write():
        sessions.end_all(User.get().id, utcnow())
    begun = time.monotonic()
    assert client.close_code() == 4401
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP])
def test_it_tells_every_client_of_the_stop_within_two_seconds(start: Start, number: signal.Signals) -> None:
    server = start()
    clients = [server.websocket().subscribe("alerts").settle() for _ in range(20)]
    streams = [server.stream("?topics=alerts") for _ in range(20)]
    newest = server.append()
    assert [client.receive()["id"] for client in clients] == [newest] * 20
    begun = server.signal(number)
    for client in clients:
        item = client.receive()
        assert (item["event"], item["topic"], item["id"]) == ("system:shutdown", "system", newest)
        assert 0 < item["data"]["reconnect"]["minMs"] < item["data"]["reconnect"]["maxMs"] <= 10_000
        assert client.close_code() == 1001
    for stream in streams:
        *_, last = _all_of(stream)
        assert (last["event"], last["id"]) == ("system:shutdown", str(newest))
    assert time.monotonic() - begun < 2


def _all_of(stream):  # type: ignore[no-untyped-def]
    events = []
    try:
        while True:
            events.append(stream.event())
    except EOFError:
        return events


def test_it_does_not_count_unread_items_as_seen_when_it_stops(start: Start) -> None:
    server = start()
    client = server.raw(receive_buffer=4096)
    client.text('{"type":"subscribe","topics":["alerts"]}')
    ids = [id for _ in range(10) for id in server.append_many(200, data="x" * 2000)]
    wait_until(lambda: server.clients()[0]["behind"])
    server.signal()
    seen, item = 0, {"event": ""}
    while item["event"] != "system:shutdown":
        opcode, payload = client.frame()
        if opcode == 1:
            item = json.loads(payload)
            seen = item["id"] if item["event"] == "alert:new" else seen
    assert item["id"] == seen < ids[-1]


def test_it_stops_in_time_although_a_client_reads_nothing(start: Start) -> None:
    server = start()
    client = server.raw(receive_buffer=4096)
    client.text('{"type":"subscribe","topics":["alerts"]}')
    server.append_many(1000, data="x" * 2000)
    wait_until(lambda: server.clients()[0]["behind"])
    begun = server.signal()
    server.process.wait(10)
    assert time.monotonic() - begun < 4
    client.ended()
