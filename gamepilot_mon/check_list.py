"""The list of checks as a person looks through thousands: filtered, grouped, problems first, by the page. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

STATES = ("down", "unknown", "pending", "paused", "up")  # what needs a look first
GROUPS = ("state", "kind", "parent", "none")
PER_PAGE = 50


class Head(NamedTuple):
    """What a check is found by."""

    id: int
    name: str
    kind: str
    state: str
    parent: str  # "" for none


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to see; "" is everything."""

    text: str = ""
    state: str = ""
    kind: str = ""
    group: str = GROUPS[0]
    page: int = 1

    def matches(self, head: Head) -> bool:
        if self.kind and head.kind != self.kind:
            return False
        return self.text.casefold() in head.name.casefold()


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `states` counts those that match but for their state, `kinds` all; `sizes` is by group."""

    heads: Sequence[Head]
    total: int
    page: int
    pages: int
    states: dict[str, int]
    kinds: dict[str, int]
    sizes: dict[str, int] = field(default_factory=dict)


def find(heads: Iterable[Head], wanted: Wanted, per_page: int = PER_PAGE) -> Found:
    every = list(heads)
    matching = [head for head in every if wanted.matches(head)]
    shown = [head for head in matching if wanted.state in ("", head.state)]
    group = grouping(wanted.group)
    shown.sort(key=lambda head: (_place(wanted.group, group(head)), STATES.index(head.state), head.name))
    pages = max(1, -(-len(shown) // per_page))
    page = min(max(1, wanted.page), pages)
    return Found(
        heads=shown[(page - 1) * per_page : page * per_page],
        total=len(shown), page=page, pages=pages,
        states=dict(Counter(head.state for head in matching)),
        kinds=dict(sorted(Counter(head.kind for head in every).items())),
        sizes=dict(Counter(group(head) for head in shown)),
    )  # fmt: skip


def grouping(name: str) -> Callable[[Head], str]:
    by: dict[str, Callable[[Head], str]] = {
        "state": lambda head: head.state,
        "kind": lambda head: head.kind,
        "parent": lambda head: head.parent,
        "none": lambda head: "",
    }
    return by[name]


def _place(grouped_by: str, group: str) -> tuple[int, str]:
    """States by how much they need a look, other groups by name, those without one last."""
    if grouped_by == "state":
        return STATES.index(group), ""
    return int(not group), group
