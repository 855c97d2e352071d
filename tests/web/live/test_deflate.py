"""Compression: agreed to where it can be kept, the same bytes for all, and never a bomb."""

import json
import zlib

import pytest

from gamepilot_mon.web.live import deflate
from gamepilot_mon.web.live.frames import MAX_MESSAGE_BYTES, ProtocolError
from tests.web.live.raw import Raw
from tests.web.live.server import Server

OFFER = "permessage-deflate; client_max_window_bits"
BARE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
SUBSCRIBE = b'{"type":"subscribe","topics":["alerts"]}'


@pytest.mark.parametrize(
    ("offers", "answer"),
    [
        (None, None),
        ("", None),
        ("permessage-bzip2", None),
        ("permessage-deflate", BARE),
        (OFFER, BARE),
        ("permessage-deflate; client_max_window_bits=10; client_no_context_takeover", BARE),
        ("permessage-deflate; server_max_window_bits=12", BARE + "; server_max_window_bits=12"),
        ("permessage-deflate; server_max_window_bits=9", None),
        ("permessage-deflate; server_max_window_bits=9, permessage-deflate", BARE),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; client_max_window_bits=16", None),
        ("permessage-deflate; client_no_context_takeover=1", None),
        ("permessage-deflate; unheard_of", None),
        ("permessage-deflate; client_no_context_takeover; client_no_context_takeover", None),
    ],
)
def test_it_agrees_only_to_what_it_can_keep(offers: str | None, answer: str | None) -> None:
    assert deflate.agreed(offers) == answer


def unfolded(payload: bytes) -> bytes:
    """As a client does that was told of a window of 12 bits."""
    return zlib.decompressobj(-deflate.WINDOW_BITS).decompress(payload + b"\x00\x00\xff\xff")


def test_it_compresses_each_message_for_itself() -> None:
    text = json.dumps([{"n": n} for n in range(2000)]).encode()
    short = deflate.compressed(text)
    assert short is not None
    assert unfolded(short) == text == deflate.inflated(short, len(text))
    assert deflate.compressed(b"x" * 199) is None


def test_it_unfolds_no_more_than_the_limit() -> None:
    bomb = deflate.compressed(bytes(10_000_000))
    assert bomb is not None
    with pytest.raises(ProtocolError) as caught:
        deflate.inflated(bomb, MAX_MESSAGE_BYTES)
    assert caught.value.code == 1009


def deflating(web: Server) -> Raw:
    client = web.raw(Sec_WebSocket_Extensions=OFFER)
    assert "server_no_context_takeover" in client.head
    client.send(1, SUBSCRIBE)
    client.text('{"type":"ping"}')
    assert client.frame() == (1, b'{"type":"pong"}')
    return client


def test_it_sends_the_same_compressed_bytes_to_all(web: Server) -> None:
    clients = [deflating(web) for _ in range(3)]
    plain = web.websocket().subscribe("alerts").settle()
    web.append("alert:new", {"pad": "x" * 1000})
    payloads = {client.frame()[1] for client in clients}
    assert len(payloads) == 1
    [payload] = payloads
    assert len(payload) < 300
    assert json.loads(unfolded(payload)) == plain.receive()


def test_it_reads_compressed_messages(web: Server) -> None:
    client = deflating(web)
    ping = deflate.compressed(b'{"type":"ping"}' + b" " * 300)
    assert ping is not None
    client.send(1, ping, rsv=4)
    assert client.frame() == (1, b'{"type":"pong"}')
    client.send(1, ping[:5], rsv=4, final=False)
    client.send(0, ping[5:])
    assert client.frame() == (1, b'{"type":"pong"}')


def test_it_refuses_a_compressed_ping(web: Server) -> None:
    client = deflating(web)
    client.send(9, b"", rsv=4)
    assert client.close_code() == 1002
