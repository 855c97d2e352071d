import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon.web.live import frames
from gamepilot_mon.web.live.frames import Message, Parser, ProtocolError
from tests.web.live.raw import frame


def parse(*parts: bytes) -> list[Message]:
    parser = Parser()
    return [message for part in parts for message in parser.feed(part)]


def refused(*parts: bytes) -> int:
    with pytest.raises(ProtocolError) as caught:
        parse(*parts)
    return caught.value.code


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536])
def test_it_reads_every_form_of_length(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    assert parse(frame(2, payload[:size])) == [Message(2, payload[:size])]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.data())
def test_it_reads_the_same_however_the_bytes_are_cut(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(1, payload) for payload in payloads)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    parts = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert parse(*parts) == [Message(1, payload) for payload in payloads]


def test_it_joins_fragments_and_lets_control_frames_pass_between_them() -> None:
    parts = [frame(1, b"one ", final=False), frame(9, b"?"), frame(0, b"two", final=True)]
    assert parse(*parts) == [Message(9, b"?"), Message(1, b"one two")]


def test_it_is_idle_only_between_messages() -> None:
    parser = Parser()
    assert parser.idle
    list(parser.feed(frame(1, b"half", final=False)))
    assert not parser.idle
    list(parser.feed(frame(0, b"")))
    assert parser.idle


@pytest.mark.parametrize(
    ("code", "stream"),
    [
        pytest.param(1002, frame(1, b"x", masked=False), id="unmasked"),
        pytest.param(1002, frame(1, b"x", rsv=4), id="reserved bit 1"),
        pytest.param(1002, frame(1, b"x", rsv=1), id="reserved bit 3"),
        pytest.param(1002, frame(3, b"x"), id="unknown data opcode"),
        pytest.param(1002, frame(11, b""), id="unknown control opcode"),
        pytest.param(1002, frame(0, b"x"), id="continuation of nothing"),
        pytest.param(1002, frame(1, b"x", final=False) + frame(1, b"y"), id="message inside a message"),
        pytest.param(1002, frame(9, b"x", final=False), id="fragmented ping"),
        pytest.param(1002, frame(9, b"x" * 126), id="long ping"),
        pytest.param(1002, b"\x81\xfe\x00\x05", id="length not shortest"),
        pytest.param(1002, b"\x81\xff" + (70_000 | 1 << 63).to_bytes(8), id="length with its sign"),
        pytest.param(1009, b"\x81\xff" + (65_537).to_bytes(8), id="too long"),
        pytest.param(
            1009, frame(1, b"x" * 65_000, final=False) + frame(0, b"x" * 600), id="too long in fragments"
        ),
        pytest.param(
            1008, frame(1, b"", final=False) + frame(0, b"", final=False) * 1024, id="fragments without end"
        ),
    ],
)
def test_it_refuses_with_the_right_code(code: int, stream: bytes) -> None:
    assert refused(stream) == code


def test_it_gives_the_good_messages_before_the_bad_frame() -> None:
    messages = Parser().feed(frame(1, b"good") + frame(1, b"bad", masked=False))
    assert next(messages) == Message(1, b"good")
    with pytest.raises(ProtocolError):
        next(messages)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_it_writes_what_a_client_reads(size: int) -> None:
    written = frames.encode(frames.TEXT, b"x" * size)
    assert written == frame(1, b"x" * size, masked=False)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4401, 4999])
def test_it_takes_close_codes_that_may_be_sent(code: int) -> None:
    assert frames.close_code(code.to_bytes(2) + b"bye") == code


@pytest.mark.parametrize(
    ("payload", "expected"),
    [(b"\x03", 1002), (b"\x03\xed", 1002), (b"\x00\x01", 1002), (b"\x13\x88", 1002), (b"\x03\xe8\xff", 1007)],
)
def test_it_refuses_other_close_frames(payload: bytes, expected: int) -> None:
    with pytest.raises(ProtocolError) as caught:
        frames.close_code(payload)
    assert caught.value.code == expected


def test_it_knows_a_close_without_a_code() -> None:
    assert frames.close_code(b"") == frames.NO_STATUS


def test_it_cuts_a_long_reason_at_a_whole_character() -> None:
    written = frames.encode_close(1000, "é" * 100)
    assert len(written) <= 127
    written[4:].decode()
