import base64

import pytest

from gamepilot_mon.auth.sealed import Unreadable, seal, unseal

TEXT = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_it_gives_back_what_was_sealed() -> None:
    assert unseal(seal(TEXT, "7", "key"), "7", "key") == TEXT


def test_it_shows_nothing_of_it_and_differs_each_time() -> None:
    first, second = seal(TEXT, "7", "key"), seal(TEXT, "7", "key")

    assert first != second
    assert TEXT.encode() not in base64.b64decode(first)


@pytest.mark.parametrize(("owner", "key"), [("8", "key"), ("7", "another")], ids=["owner", "key"])
def test_it_reads_nothing_with_another(owner: str, key: str) -> None:
    with pytest.raises(Unreadable):
        unseal(seal(TEXT, "7", "key"), owner, key)


@pytest.mark.parametrize("place", [0, 20, -1], ids=["nonce", "text", "tag"])
def test_it_notices_every_change(place: int) -> None:
    blob = bytearray(base64.b64decode(seal(TEXT, "7", "key")))
    blob[place] ^= 1

    with pytest.raises(Unreadable):
        unseal(base64.b64encode(bytes(blob)).decode(), "7", "key")


@pytest.mark.parametrize("kept", ["", "no base64!", "AAAA"])
def test_it_reads_no_garbage(kept: str) -> None:
    with pytest.raises(Unreadable):
        unseal(kept, "7", "key")


def test_it_seals_nothing_longer_than_it_can_cover() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal("x" * 33, "7", "key")
