"""What the Socket.IO clients of the load test say, and what they make of packets."""

from collections.abc import Sequence

import pytest

from gamepilot_mon.loadtest.dialogues import (
    Answered,
    Ended,
    Heard,
    Ready,
    Refused,
    Settled,
    Unreadable,
    Visit,
)
from gamepilot_mon.loadtest.dialogues.socketio import SocketIo
from gamepilot_mon.loadtest.items import Item, Reader
from tests.web.live.raw import frame

SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
OPENED = b'0{"sid":"a","upgrades":[],"pingInterval":15000,"pingTimeout":30000}'


def client(*topics: str, since: int | None = None) -> SocketIo:
    return SocketIo(Visit("127.0.0.1:3001", "secret", topics, since, newest=90), Reader())


def told(one: SocketIo, *packets: bytes, first: bytes = b"") -> Sequence[Heard]:
    return one.receive(first + b"".join(frame(1, packet, masked=False) for packet in packets))


def said(frames: bytes) -> list[str]:
    """The payloads of short client frames."""
    packets = []
    while frames:
        size, key = frames[1] & 0x7F, frames[2:6]
        packets.append(bytes(byte ^ key[at % 4] for at, byte in enumerate(frames[6 : 6 + size])).decode())
        frames = frames[6 + size :]
    return packets


def connected(*topics: str, since: int | None = None) -> SocketIo:
    one = client(*topics, since=since)
    told(one, OPENED, first=SWITCHED)
    one.replies()
    told(one, b'40{"sid":"b"}')
    return one


def granted(number: int) -> bytes:
    return b'43%d[{"success":true,"topics":["health"],"id":95,"epoch":"e"}]' % number


def test_it_keeps_the_token_out_of_the_address() -> None:
    one = client("health")
    assert one.opening().startswith(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n")
    assert b"secret" not in one.opening()
    told(one, OPENED, first=SWITCHED)
    assert said(one.replies()) == ['40{"token": "secret"}']


def test_it_begins_at_the_newest_id_that_is_known() -> None:
    one = client("health", "alerts")
    assert told(one, OPENED, b'40{"sid":"b"}', first=SWITCHED) == [Ready(90, 90, settled=False)]
    assert said(one.replies())[1:] == [
        '421["subscribe:health", {"since": 90}]',
        '422["subscribe:alerts", {"since": 90}]',
    ]


def test_it_resumes_after_the_last_id_that_it_saw() -> None:
    assert said(connected("alerts", since=42).replies()) == ['421["subscribe:alerts", {"since": 42}]']


def test_it_resumes_what_is_always_on_without_a_topic() -> None:
    assert said(connected(since=42).replies()) == ['421["subscribe", {"topics": [], "since": 42}]']


def test_it_is_settled_when_all_topics_are_granted() -> None:
    one = connected("health", "alerts")
    assert told(one, granted(1)) == []
    assert told(one, granted(2)) == [Settled()]


def test_it_tells_an_answer_from_a_grant() -> None:
    one = connected("health")
    assert said(one.ask("health")) == ['422["request:health"]']
    assert told(one, b'432[{"status":"healthy"}]', granted(1)) == [Answered(), Settled()]


def test_it_reads_items_by_their_feed_id() -> None:
    one = connected("alerts")
    mark = b'{"loadtest":"aa","n":7,"storm":true,"sent":1.5}'
    packet = b'42["alert:new",{"feedId":91,"message":"a, b","metadata":%b}]' % mark
    [item], again = told(one, packet), told(one, packet)
    assert isinstance(item, Item) and [item] == again
    assert (item.id, item.event, item.topic, item.run, item.number) == (91, "alert:new", "alerts", b"aa", 7)


def test_it_reads_what_a_gap_skips() -> None:
    [item] = told(
        connected("alerts"), b'42["system:gap",{"feedId":95,"from":42,"to":95,"reason":"no longer kept"}]'
    )
    assert isinstance(item, Item)
    assert item.gap() == (42, 95)


def test_it_takes_a_document_for_no_item() -> None:
    assert told(connected("health"), b'42["health:update",{"status":"healthy"}]') == []


def test_it_answers_pings() -> None:
    one = connected("health")
    one.replies()
    assert told(one, b"2") == []
    assert said(one.replies()) == ["3"]


@pytest.mark.parametrize(
    ("packet", "heard"),
    [
        (b"1", Ended(0)),
        (b"41", Ended(0)),
        (b'44{"message":"unauthorized","data":{"status":401}}', Refused(401)),
        (b"\x03\xe9", Ended(1001)),
    ],
)
def test_it_hears_that_it_is_over(packet: bytes, heard: Heard) -> None:
    opcode = 8 if isinstance(heard, Ended) and heard.code else 1
    assert connected("health").receive(frame(opcode, packet, masked=False)) == [heard]


@pytest.mark.parametrize(
    "packet", [b"9", b"", b"45-", b"42[", b'43[{"success":true}]', b'431[{"success":false,"error":"x"}]']
)
def test_it_complains_of_what_the_protocol_does_not_have(packet: bytes) -> None:
    with pytest.raises(Unreadable):
        told(connected("health"), packet)
