"""Values as strangers' libraries send them, made fit for an event: bounded in length, number and depth."""

import math
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

NAME_MAX = 200
LONG_MAX = 64_000
VALUE_MAX = 1_000
VALUES_MAX = 64
DEPTH_MAX = 4
WHOLE_MAX = 2**53


def name(value: object) -> str | None:
    """Text for a column: one line, not empty, at most NAME_MAX."""
    text = " ".join(str(value).split()) if isinstance(value, str | int) else ""
    return text[:NAME_MAX] or None


def first_name(*values: object) -> str | None:
    return next(filter(None, map(name, values)), None)


def identity(value: object) -> str | None:
    """A user's id, from text or a whole number; anything else is none."""
    return None if isinstance(value, bool) else name(value)


def number(value: object) -> float | None:
    """A finite number, from a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def kept(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The first VALUES_MAX of them that say something, each bounded."""
    found: dict[str, Any] = {}
    for key, value in values:
        if len(found) == VALUES_MAX:
            break
        if value is not None:
            found[key[:NAME_MAX]] = bounded(value)
    return found


def bounded(value: Any, depth: int = 0) -> Any:
    """JSON of a modest size; what lies too deep becomes an ellipsis."""
    if isinstance(value, str):
        return cut(value, VALUE_MAX)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= WHOLE_MAX else str(value)[:NAME_MAX]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= DEPTH_MAX:
        return "…"
    if isinstance(value, Mapping):
        pairs = islice(value.items(), VALUES_MAX)
        return {cut(str(key), NAME_MAX): bounded(item, depth + 1) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [bounded(item, depth + 1) for item in islice(value, VALUES_MAX)]
    return cut(str(value), VALUE_MAX)
