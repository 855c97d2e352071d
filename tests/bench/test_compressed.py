"""How the bench finds an item in what it need not unfold for everybody."""

import pytest

from bench.peers.compressed import frame_with
from gamepilot_mon.web.live import deflate, frames

TEXT = b"took 12.5 ms; " * 30
PLAIN = frames.encode(frames.TEXT, TEXT + b"item-1-end")


def compressed(text: bytes) -> bytes:
    short = deflate.compressed(text)
    assert short is not None
    return frames.encode(frames.TEXT | frames.COMPRESSED, short)


def test_it_finds_the_frame_among_others() -> None:
    wanted = compressed(TEXT + b"item-1-end")
    data = frames.encode(frames.PING, b"") + compressed(TEXT) + wanted + compressed(TEXT + b"item-2-end")
    assert frame_with(b"item-1-end", data) == wanted


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", PLAIN, compressed(TEXT), compressed(TEXT + b"item-1-end")[:-1]]
)
def test_it_finds_nothing_in_what_is_plain_or_not_whole(data: bytes) -> None:
    assert frame_with(b"item-1-end", data) is None
