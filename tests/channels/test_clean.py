import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon.channels.clean import clean, one_line, shorten


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("a\0b\x07c\x1b[31m", "abc[31m"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("half \ud83d character", "half \ufffd character"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("tab\tstays", "tab\tstays"),
        ("🚨 ü 日本", "🚨 ü 日本"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_it_keeps_words_and_drops_tricks(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(st.characters(), max_size=50))
def test_it_always_encodes_and_never_breaks_a_header(text: str) -> None:
    line = one_line(text)
    line.encode()
    assert not set(line) & set("\r\n\0\u202e")


def test_it_shortens_with_an_ellipsis() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"
