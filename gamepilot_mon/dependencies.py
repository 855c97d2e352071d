"""Dependencies: which checks stand behind which. Pure; checks by their names."""

from collections.abc import Iterator, Mapping


def ancestors(check: str, parents: Mapping[str, str]) -> Iterator[str]:
    """The parent of `check`, its parent, and so on; each once, even in a loop."""
    seen = {check}
    current = parents.get(check)
    while current is not None and current not in seen:
        yield current
        seen.add(current)
        current = parents.get(current)


def closes_a_loop(check: str, parent: str, parents: Mapping[str, str]) -> bool:
    """Whether `check` behind `parent` would stand behind itself."""
    return check == parent or check in ancestors(parent, parents)
