"""Allowances: how many series one source may make, so that a label with an id in it cannot fill the store. Pure.

A series is a metric with its labels, the name of an operation or failing operation, or a statement without its
literals. What goes beyond:
an operation, query or error counts under the name `other` and keeps its own in `data`, for an error must never be lost
to a limit; a metric is refused, for the values of different metrics add up to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.sources.intake import Row
from gamepilot_mon.statements import normalised

LIMIT = 1_000
OTHER = "other"
FORGOTTEN_MS = 48 * HOUR_MS  # a series that was not seen for so long makes room for another
RENEWED_MS = 6 * HOUR_MS  # how old `seen_at` may become before it is stored again
_NAMED = frozenset({"operation", "query", "error"})


@dataclass(slots=True)
class Judged:
    rows: list[Row] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)  # indexes of the metrics that are too many
    excess: int = 0  # events beyond the limit, those too
    seen: list[str] = field(default_factory=list)  # series to store with the time of now


class Allowance:
    """Of one source: the series that it has, and when each was last seen, within RENEWED_MS."""

    def __init__(self, seen: dict[str, int], limit: int = LIMIT) -> None:
        self._seen = seen
        self._limit = limit

    def judge(self, rows: Sequence[Row], now: int) -> Judged:
        judged = Judged()
        for index, row in enumerate(rows):
            series = series_of(row)
            if series is None or self.admits(series, now, judged.seen):
                judged.rows.append(row)
                continue
            judged.excess += 1
            if row.kind == "metric":
                judged.refused.append(index)
            else:
                judged.rows.append(_as_other(row))
        return judged

    def admits(self, series: str, now: int, seen: list[str]) -> bool:
        """Whether it may count as itself; `seen` gets it when its time is to be stored again."""
        seen_at = self._seen.get(series)
        if seen_at is not None and now - seen_at < RENEWED_MS:
            return True
        if seen_at is None and not self._has_room(now):
            return False
        self._seen[series] = now
        seen.append(series)
        return True

    def _has_room(self, now: int) -> bool:
        if len(self._seen) >= self._limit:
            self._seen = {name: at for name, at in self._seen.items() if now - at < FORGOTTEN_MS}
        return len(self._seen) < self._limit


def series_of(row: Row) -> str | None:
    """What a row counts as; None when it makes no series."""
    if row.kind in _NAMED:
        name = normalised(row.name or "") if row.kind == "query" else row.name
        return None if name == OTHER else name
    if row.kind != "metric":
        return None
    labels = _data(row).get("labels") or {}
    return f"{row.name} {msgspec.json.encode(dict(sorted(labels.items()))).decode()}"


def _as_other(row: Row) -> Row:
    data = {"name": row.name, **_data(row)}
    return row._replace(name=OTHER, data=msgspec.json.encode(data).decode())


def _data(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(row.data) if row.data else {}
    return found
