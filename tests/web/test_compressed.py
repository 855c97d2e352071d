import gzip
import zlib

import pytest

from gamepilot_mon.web.compressed import Corrupt, TooLarge, UnknownEncoding, inflated

TEXT = b"the shelf is empty " * 50
WHOLE = gzip.compress(TEXT)


def bare(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        (" GZIP ", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare(TEXT)),
    ],
    ids=["none", "identity", "gzip", "spaced", "x-gzip", "zlib", "bare"],
)
def test_it_gives_back_what_was_compressed(encoding: str, body: bytes) -> None:
    assert inflated(body, encoding, len(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, deflate", "nonsense"])
def test_it_knows_no_other_encoding(encoding: str) -> None:
    with pytest.raises(UnknownEncoding):
        inflated(TEXT, encoding, 10_000)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_it_stops_at_the_limit(encoding: str) -> None:
    bomb = b"\0" * 50_000_000
    body = {"": bomb, "gzip": gzip.compress(bomb), "deflate": bare(bomb)}[encoding]

    with pytest.raises(TooLarge):
        inflated(body, encoding, 1_000_000)


@pytest.mark.parametrize(
    "body",
    [b"", TEXT, WHOLE[:-4], WHOLE[:20], WHOLE * 2, WHOLE + b"x"],
    ids=["empty", "plain", "no-checksum", "cut", "two-members", "trailing"],
)  # fmt: skip
def test_it_refuses_what_is_no_whole_gzip(body: bytes) -> None:
    with pytest.raises(Corrupt):
        inflated(body, "gzip", 10_000)
