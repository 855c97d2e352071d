"""Text from outside, made safe to show: no control characters, no direction tricks, no half characters."""

import unicodedata

_KEPT_CONTROLS = "\n\t"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = str.maketrans(dict.fromkeys("\r\v\f\u0085\u2028\u2029", "\n"))


def clean(text: str) -> str:
    """Keeps line breaks (as \\n) and tabs; a lone surrogate becomes U+FFFD, so the result always encodes."""
    text = text.replace("\r\n", "\n").translate(_LINE_BREAKS)
    return "".join(_shown(character) for character in text)


def one_line(text: str, limit: int = 0) -> str:
    """`clean`, with every run of white space as one blank: fit for a header or a title. 0 is no limit."""
    line = " ".join(clean(text).split())
    return shorten(line, limit) if limit else line


def shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _shown(character: str) -> str:
    if character in _KEPT_CONTROLS or (character.isascii() and character.isprintable()):
        return character
    if character in _BIDI:
        return ""
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cc" else character
