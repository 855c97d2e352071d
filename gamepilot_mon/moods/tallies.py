"""Tallies: counting by hour, and reading what was counted."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import peewee

from gamepilot_mon import db
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Tally, TallyName

PULSE_MS = 5 * MINUTE_MS  # the width of what is counted as "pulse"
NAMES_MAX = 200  # of a kind; names come from outside, and what is too many is counted as OTHER
OTHER = "other"
UNRATED = "unrated"  # beside a mood: selected without an intensity

_ADD = (
    "INSERT INTO tally (what, start, name, other, count, total) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (what, start, name, other)"
    " DO UPDATE SET count = count + excluded.count, total = total + excluded.total"
)


class Counted(NamedTuple):
    start: int
    name: str
    other: str
    times: int
    total: float


class Tallies:
    """What a batch of events adds; save() is its one write."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, str], list[float]] = defaultdict(lambda: [0, 0.0])
        self._names: dict[str, set[str]] = {}
        self._new: list[tuple[str, str]] = []

    def add(
        self, what: str, at: int, name: str, other: str = "", *, by: int = 1, value: float = 0.0, width: int = HOUR_MS
    ) -> None:  # fmt: skip
        cell = self._found[what, at - at % width, name, other]
        cell[0] += by
        cell[1] += value

    def name(self, kind: str, text: str) -> str:
        """`text`, unless there are too many names of its kind already."""
        known = self._names.get(kind)
        if known is None:
            known = self._names[kind] = {row.name for row in TallyName.select().where(TallyName.what == kind)}
        if text in known:
            return text
        if len(known) >= NAMES_MAX:
            return OTHER
        known.add(text)
        self._new.append((kind, text))
        return text

    def save(self) -> None:
        """Inside the caller's write()."""
        connection = db.database.connection()
        connection.executemany("INSERT OR IGNORE INTO tally_name (what, name) VALUES (?, ?)", self._new)
        rows = ((*key, count, total) for key, (count, total) in sorted(self._found.items()) if count or total)
        connection.executemany(_ADD, rows)


def read(what: str, since: int, until: int, name: str | None = None) -> Iterator[Counted]:
    """By start, then by name; only those of `name`, if it is given."""
    columns = (Tally.start, Tally.name, Tally.other, Tally.count, Tally.total)
    rows: Any = Tally.select(*columns).where(_within(what, since, until)).order_by(Tally.start, Tally.name)
    if name is not None:
        rows = rows.where(Tally.name == name)
    return (Counted(*row) for row in rows.tuples() if row[3])


def sums(what: str, since: int, until: int) -> dict[tuple[str, str], tuple[int, float]]:
    """{(name, other): (count, total)} of the span."""
    count, total = peewee.fn.SUM(Tally.count), peewee.fn.SUM(Tally.total)
    rows: Any = (
        Tally.select(Tally.name, Tally.other, count, total)
        .where(_within(what, since, until))
        .group_by(Tally.name, Tally.other)
    )
    return {(name, other): (int(n), float(value)) for name, other, n, value in rows.tuples() if n}


def _within(what: str, since: int, until: int) -> Any:
    return (Tally.what == what) & (Tally.start >= since - since % PULSE_MS) & (Tally.start < until)
