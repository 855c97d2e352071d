"""SQL without its values, so that one query is one name, and nobody's data is kept. Pure."""

import re

STATEMENT_MAX = 2_000
READ_MAX = 20_000

_VALUES = re.compile(
    r"""
      '(?:[^'\\]|''|\\.)*'?                # text, perhaps cut off
    | (?P<name>"[\w\s.$-]{1,64}" | `[^`]*`)          # names, which stay
    | "(?:[^"]|"")*"?                      # text, as MySQL has it too
    | /\*.*?(?:\*/|\Z) | --[^\n]*          # comments
    | (?<![\w$.:@"`?])[-+]?\d[\w.]*        # numbers, not those within a name or a placeholder
    | \$\d+ | (?<!:):\w+ | @\w+ | %s       # placeholders of any dialect
    """,
    re.VERBOSE | re.DOTALL,
)
_LIST = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_ROWS = re.compile(r"(\(\?\)|\(…\))(?:\s*,\s*(?:\(\?\)|\(…\)))+")


def normalised(statement: str) -> str:
    """`SELECT 1 FROM t WHERE a IN (2, 3)` -> `SELECT ? FROM t WHERE a IN (…)`."""
    bare = _VALUES.sub(_placeholder, statement[:READ_MAX])
    short = _ROWS.sub(r"\1", _LIST.sub("(…)", bare))
    return " ".join(short.split())[:STATEMENT_MAX]


def _placeholder(found: re.Match[str]) -> str:
    if found["name"]:
        return found[0]
    return " " if found[0].startswith(("/*", "--")) else "?"
