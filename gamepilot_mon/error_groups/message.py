"""Messages without what differs from one error to the next. Pure.

`User 4711 not found in /srv/app/db.sqlite` -> `User <n> not found in <path>`
"""

import re
from functools import lru_cache

LONGEST = 500
REMEMBERED = 4_096

# Each alternative is linear in what it reads: messages come from outside and may be hostile.
_VARIABLE = re.compile(
    r"""
      (?P<url>\b[A-Za-z][A-Za-z0-9+.-]{1,19}://[^\s"'<>]+)
    | (?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)
    | (?P<text>"[^"\n]*"|`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w))
    | (?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    | (?P<path>(?:\b[A-Za-z]:|(?<![\w/.])\.{0,2})(?:[\\/][\w.@~+%-]+){2,}[\\/]?)
    | (?P<hex>\b[0-9a-fA-F]{8,}\b)
    | (?P<word>\b[^\W\d]*\d\w*)
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s+")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+\Z")
_RUNS = re.compile(r"\d+")


@lru_cache(REMEMBERED)
def normalised(message: str) -> str:
    """The first line that says something, with placeholders; at most LONGEST characters of it are read."""
    line = message.strip()[:LONGEST].split("\n", 1)[0]
    return _SPACE.sub(" ", _VARIABLE.sub(_placeholder, line)).strip()


def _placeholder(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found.group()
    if kind == "hex":
        return "<n>" if text.isdigit() else "<hex>" if any(c.isdigit() for c in text) else text
    if kind == "word":
        return _word(text)
    return f"<{kind}>"


def _word(text: str) -> str:
    """`g42` is a word with a number; `a8f3k2` is an identifier as a whole."""
    if _HEX.match(text):
        return "<hex>"
    if len(text) >= 6 and len(_RUNS.findall(text)) > 1 and not text.replace("_", "").isdigit():
        return "<id>"
    return _RUNS.sub("<n>", text)
