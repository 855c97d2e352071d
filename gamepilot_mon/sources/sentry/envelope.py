"""Envelopes: a line of JSON, then items, each a line of JSON and a payload of so many bytes, or of one line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

ITEMS_MAX = 1_000
PARTS_MAX = 100_000


class Malformed(Exception):
    """Not an envelope, or an item that says more than is there."""


@dataclass(frozen=True, slots=True)
class Item:
    type: str
    payload: bytes


def opened(body: bytes) -> tuple[dict[str, Any], list[Item]]:
    """(the envelope's own header, its items)"""
    line, place = _line(body, 0)
    header, items = decoded(line), []
    for item, _ in zip(_items(body, place), range(ITEMS_MAX + 1), strict=False):
        items.append(item)
    if len(items) > ITEMS_MAX:
        raise Malformed(f"more than {ITEMS_MAX} items")
    return header, items


def decoded(text: bytes) -> dict[str, Any]:
    """One JSON object."""
    if text.count(b"{") + text.count(b"[") > PARTS_MAX:
        raise Malformed("too many parts")  # each would take twenty times its size in memory
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)[:300]) from None
    if not isinstance(found, dict):
        raise Malformed("Expected a JSON object")
    return found


def _items(body: bytes, place: int) -> Iterator[Item]:
    while place < len(body):
        line, place = _line(body, place)
        if not line.strip():
            continue  # an empty line may end an envelope
        header = decoded(line)
        payload, place = _payload(body, place, header.get("length"))
        yield Item(str(header.get("type", "")), payload)


def _payload(body: bytes, place: int, length: Any) -> tuple[bytes, int]:
    if length is None:
        return _line(body, place)
    if type(length) is not int or not 0 <= length <= len(body) - place:
        raise Malformed("An item's length goes past the end of the envelope")
    end = place + length
    if body[end : end + 1] not in (b"\n", b"", b"\r"):
        raise Malformed("An item's length ends in the middle of it")
    return body[place:end], _line(body, end)[1]


def _line(body: bytes, place: int) -> tuple[bytes, int]:
    end = body.find(b"\n", place)
    end = len(body) if end < 0 else end
    return body[place:end], end + 1
