"""Two versions of the configuration side by side, as lines of text; secrets stay hidden, that one changed does not."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from gamepilot_mon.models import ConfigVersion
from gamepilot_mon.runtime_config import secrets
from gamepilot_mon.runtime_config.documents import Path, merge, put
from gamepilot_mon.runtime_config.origins import defaults
from gamepilot_mon.settings import Settings

OTHER = "*** (another value)"
CONTEXT = 2  # unchanged lines around what changed

Line = tuple[str, str]
"""A sign and the text: `+` added, `-` removed, ` ` as before, `@` some lines are left out here."""


def document_of(settings: Settings, version: int) -> dict[str, Any]:
    """What that version puts in force on top of the settings of today; 0 is without any override.

    Raises LookupError for an unknown version.
    """
    if version == 0:
        return defaults(settings)
    row = ConfigVersion.get_or_none(ConfigVersion.id == version)
    if row is None:
        raise LookupError(f"no configuration version {version}")
    return merge(defaults(settings), row.override)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Line]:
    """Empty when nothing differs."""
    secret = secrets.paths(old, new)
    before, after = secrets.masked(old, secret), secrets.masked(new, secret)
    for path in secret:
        if _at(old, path) and _at(new, path) and _at(old, path) != _at(new, path):
            put(after, path, OTHER)
    return lines(before, after)


def lines(old: Any, new: Any) -> list[Line]:
    """The difference of two documents, a line a value, each with its whole path; None is no document at all."""
    found = list(difflib.unified_diff(_text(old), _text(new), n=CONTEXT, lineterm=""))[2:]
    # The place that a hunk begins at says nothing to a reader: only that something is left out matters.
    marked = [("@", "") if line.startswith("@@") else (line[0], line[1:]) for line in found]
    return marked[1:] if marked else []


def _text(document: Any) -> list[str]:
    return (
        [] if document is None else [f"{path.lstrip('.')}: {value}" for path, value in _values(document, "")]
    )


def _values(found: Any, path: str) -> Iterator[tuple[str, str]]:
    if found and isinstance(found, dict):
        for name in sorted(found):
            yield from _values(found[name], f"{path}.{name}")
    elif found and isinstance(found, list) and any(isinstance(each, dict | list) for each in found):
        for number, each in enumerate(found, start=1):
            yield from _values(each, f"{path}[{number}]")
    else:
        yield path, found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _at(document: Mapping[str, Any], path: Path) -> Any:
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
