import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamepilot_mon.sources.sentry.envelope import ITEMS_MAX, Item, Malformed, opened


def test_it_reads_items_with_and_without_a_length() -> None:
    event = b'{"type":"event","length":4}\n{\n\n}\n'
    body = b'{"event_id":"a"}\n' + event + b'{"type":"session"}\n{"b":1}\n{"type":"x","length":0}\n\n'

    header, items = opened(body)

    assert header == {"event_id": "a"}
    assert items == [Item("event", b"{\n\n}"), Item("session", b'{"b":1}'), Item("x", b"")]


def test_it_reads_an_item_that_ends_with_the_envelope() -> None:
    assert opened(b'{}\n{"type":"event","length":2}\n{}')[1] == [Item("event", b"{}")]
    assert opened(b'{}\n{"type":"event"}')[1] == [Item("event", b"")]
    assert opened(b"{}")[1] == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"nonsense", b"{}\nnonsense\n{}", b"{}\n[]\n", b"\xff\n", b"[" * 100_000,
        b'{}\n{"type":"event","length":99}\n{}', b'{}\n{"type":"event","length":-1}\n{}',
        b'{}\n{"type":"event","length":"2"}\n{}', b'{}\n{"type":"event","length":true}\n{}',
        b'{}\n{"type":"event","length":1}\n{}\n', b'{}\n{"length":1e400}\n',
    ],
    ids=range(13),
)  # fmt: skip
def test_it_refuses_what_is_no_envelope(body: bytes) -> None:
    with pytest.raises(Malformed):
        opened(body)


def test_it_refuses_thousands_of_items() -> None:
    with pytest.raises(Malformed):
        opened(b"{}\n" + b"{}\n\n" * (ITEMS_MAX + 1))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_it_reads_or_refuses_any_bytes(body: bytes, begun: bool) -> None:
    with contextlib.suppress(Malformed):
        opened(b"{}\n" + body if begun else body)
