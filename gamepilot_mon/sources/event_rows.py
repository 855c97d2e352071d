"""Many events in one statement, so that SQLite can work through them by itself. Pure.

It runs a statement without Python's interpreter lock, which one a row would take back after each row, and wait for
while the event loop has it. And it is given nothing but text and numbers: for None and for a bool its module looks
for an adapter each time, which takes longer than to store the row. So a column in which the rows have nothing is left
out, and a single None goes as an empty blob, which the statement turns into NULL.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

COLUMNS = ("key", "kind", "at", "received_at", "name", "value", "ok", "severity", "user", "data")
# Rows of one statement. Few sizes, so that each is compiled once.
SIZES = (250, 50, 10, 1)

_ALWAYS = frozenset({"kind", "at", "received_at"})
_NOTHING = bytearray()
_BOUND: dict[bool | None, Any] = {None: _NOTHING, True: 1, False: 0}


def statements(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """SQL and its parameters, to execute one after the other: they insert `rows`, of COLUMNS, in their order.

    A key that is there already is left as it was.
    """
    done = 0
    for size in SIZES:
        while len(rows) - done >= size:
            filled = _filled(rows[done : done + size])
            values = zip(*filled.values(), strict=True)
            yield _sql(tuple(filled), size), list(chain.from_iterable(values))
            done += size


def _filled(rows: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The values of each column in which a row has something."""
    columns = zip(COLUMNS, zip(*rows, strict=True), strict=True)
    missing = ((name, values, values.count(None)) for name, values in columns)
    return {name: _bindable(name, values, none) for name, values, none in missing if none < len(values)}


def _bindable(name: str, values: Sequence[Any], none: int) -> Sequence[Any]:
    if name == "ok":
        return [_BOUND[value] for value in values]
    return [_NOTHING if value is None else value for value in values] if none else values


@lru_cache(128)
def _sql(columns: tuple[str, ...], size: int) -> str:
    row = ", ".join("?" if name in _ALWAYS else "NULLIF(?, x'')" for name in columns)
    return (
        f"INSERT INTO event ({', '.join(columns)}) VALUES {', '.join([f'({row})'] * size)}"
        " ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING"
    )
