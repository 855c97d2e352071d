"""Stacks of Node and Python: where an error came from, without line numbers. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

FRAMES = 3  # frames that tell one error from another
LOOKED_AT = 60  # frames that are searched for those of the app
REMEMBERED = 512  # the stacks of a storm are alike
READ = 8_000  # characters; of Python's stacks the last ones, as the newest call comes last

_NODE = re.compile(
    r"^[ \t]*at (?:async )?(?:(?P<call>[^\n(]{1,200}?) )?\(?(?P<file>[^\n()]{1,500}?):\d+(?::\d+)?\)?[ \t]*$",
    re.M,
)
_PYTHON = re.compile(r'^[ \t]*File "(?P<file>[^"\n]{1,500})", line \d+(?:, in (?P<call>[^\n]{1,200}))?', re.M)
_FOREIGN = re.compile(
    r"node_modules[\\/]|site-packages[\\/]|dist-packages[\\/]|^node:|^internal[\\/]|[\\/]lib[\\/]python3|^<"
)
_HASH = re.compile(r"[.-][0-9a-fA-F]{6,}(?=\.)")  # of a bundle: main.8f3a2b1c.js
_NUMBER = re.compile(r"\d+")


@lru_cache(REMEMBERED)
def top(stack: str | None) -> tuple[str, ...]:
    """The newest frames of the app as "module function", the newest first; those of libraries when there are no others.

    A module is the last two parts of its path, so that where it was deployed to does not matter.
    """
    if not stack:
        return ()
    mine: list[str] = []
    foreign: list[str] = []
    for file, call in _frames(stack):
        kept = foreign if _FOREIGN.search(file) else mine
        frame = _frame(file, call)
        if len(kept) < FRAMES and (not kept or kept[-1] != frame):
            kept.append(frame)
        if len(mine) == FRAMES:
            break
    return tuple(mine or foreign)


def clipped(stack: str | None, longest: int) -> str | None:
    """At most `longest` characters, those of the newest frames."""
    if stack is None or len(stack) <= longest:
        return stack
    return stack[-longest:] if _is_python(stack) else stack[:longest]


def _frames(stack: str) -> Iterator[tuple[str, str]]:
    pattern, text = (_PYTHON, stack[-READ:]) if _is_python(stack) else (_NODE, stack[:READ])
    found = [(frame["file"], frame["call"] or "") for frame in pattern.finditer(text)]
    yield from (found[::-1] if pattern is _PYTHON else found)[:LOOKED_AT]


def _is_python(stack: str) -> bool:
    return 'File "' in stack


@lru_cache(REMEMBERED)
def _frame(file: str, call: str) -> str:
    return f"{_module(file)} {_call(call)}".strip()


def _module(file: str) -> str:
    parts = re.split(r"[\\/]+", file.removeprefix("file://").split("?", 1)[0])
    return _NUMBER.sub("<n>", _HASH.sub("", "/".join(parts[-2:])))


def _call(call: str) -> str:
    """`Object.<anonymous>` and `new Player` say little or vary with the engine; the name is enough."""
    name = call.removeprefix("new ").removeprefix("Object.").split(" [as ", 1)[0]
    return "" if name == "<anonymous>" else name
