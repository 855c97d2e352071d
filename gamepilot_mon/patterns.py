"""Patterns of matchers, by RE2: the time that one takes grows with the text and not with how it is written.

Python's own engine tries every way to divide a text among repetitions. A pattern of 30 characters, which anybody who
may read can send, would stop the web process; in a silence it would stop the daemon, for as long as that is kept.
"""

from functools import lru_cache
from typing import Any

import re2

LONGEST = 100

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20


def check(pattern: str) -> None:
    """Raises ValueError for a pattern that is too long or none."""
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} characters")
    try:
        re2.compile(_writable(pattern), _OPTIONS)
    except re2.error as error:
        why = error.args[0]
        raise ValueError(f"is not a pattern: {why.decode() if isinstance(why, bytes) else why}") from None


def is_whole(pattern: str, text: str) -> bool | None:
    """Whether the pattern describes all of the text; None of what is no pattern (any more)."""
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.fullmatch(_writable(text)) is not None


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(_writable(pattern), _OPTIONS)
    except re2.error:
        return None


def _writable(text: str) -> str:
    """Without half characters, which RE2's UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()
