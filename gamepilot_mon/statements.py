"""Statements: SQL without its literals, so that one query is one thing whatever it asks for. Pure."""

import re
from functools import lru_cache

LONGEST = 500
READ_MAX = 20_000

_LITERAL = re.compile(
    r"""
      (?P<comment> /\*.*?(?:\*/|\Z) | --[^\n]* )
    | (?P<quoted> [eExXbBnN]?'(?:[^'\\]|''|\\.)*(?:'|\Z) )
    | (?P<dollars> \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z) )
    | (?P<identifier> "[\w\s.$-]{1,64}" | `[^`]*(?:`|\Z) | [^\W\d]\w* )
    | (?P<text> "(?:[^"]|"")*(?:"|\Z) )  # no name looks like this: a text, as MySQL has it too
    | (?P<parameter> \$\d+ | (?<!:)[:@][^\W\d]\w* | %s | %\(\w+\)s )
    | (?P<number> (?:0[xX][0-9a-fA-F]+ | \d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+(?:[eE][+-]?\d+)?) )
    | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNED = re.compile(r"(?<=[=<>(,+*/-])\s*[-+]\s?\?")
_LIST = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_LISTS = re.compile(r"\(\?\)(?:\s*,\s*\(\?\))+")


@lru_cache(maxsize=4_096)
def normalised(statement: str) -> str:
    """`SELECT * FROM t WHERE id IN (1, 2) -- x` -> `SELECT * FROM t WHERE id IN (?)`."""
    text = " ".join(_LITERAL.sub(_replaced, statement[:READ_MAX]).split()).rstrip("; ")
    text = _LISTS.sub("(?)", _LIST.sub("(?)", _SIGNED.sub(" ?", text)))
    return text[:LONGEST] or "?"


def _replaced(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if found["identifier"] is not None:
        return found["identifier"]
    return " " if kind in ("comment", "space") else "?"
