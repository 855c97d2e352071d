"""Series by name: a metric with its labels, and the id under which its buckets are kept."""

from typing import Any

import msgspec

from gamepilot_mon.db import database
from gamepilot_mon.models import Series

MOST = 100_000  # ids kept in memory

Labels = tuple[tuple[str, str], ...]
Name = tuple[str, Labels]


class Numbers:
    """The ids of series, each asked for once and made where it is new. Only inside a write()."""

    def __init__(self) -> None:
        self._known: dict[Name, int] = {}

    def forget(self) -> None:
        self._known.clear()

    def of(self, name: Name) -> int:
        number = self._known.get(name)
        if number is None:
            if len(self._known) >= MOST:
                self._known.clear()
            number = self._known[name] = _found_or_made(name[0], canonical(name[1]))
        return number


def _found_or_made(metric: str, labels: str) -> int:
    found = number_of(metric, labels)
    return found if found is not None else int(Series.insert(metric=metric, labels=labels).execute())


def number_of(metric: str, labels: str = "{}") -> int | None:
    sql = "SELECT id FROM series WHERE metric = ? AND labels = ?"
    cursor: Any = database.execute_sql(sql, (metric, labels))
    row = cursor.fetchone()
    return int(row[0]) if row else None


def number_with(metric: str, labels: Labels) -> int | None:
    """As number_of(), by the labels themselves."""
    return number_of(metric, canonical(labels))


def labelled(metric: str) -> dict[int, dict[str, str]]:
    """The labels of the series of `metric` that have some, by id."""
    sql = "SELECT id, labels FROM series WHERE metric = ? AND labels <> '{}'"
    cursor: Any = database.execute_sql(sql, (metric,))
    return {number: msgspec.json.decode(labels) for number, labels in cursor.fetchall()}


def canonical(labels: Labels) -> str:
    return msgspec.json.encode(dict(sorted(labels))).decode()
