"""How reading GamePilot's own database goes: what is wrong, how much waits, how fast it is read."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import msgspec

from gamepilot_mon import feed
from gamepilot_mon.clock import SECOND_MS, iso
from gamepilot_mon.models.fact import Fact
from gamepilot_mon.models.source_cursor import SourceCursor
from gamepilot_mon.models.source_problem import SourceProblem

FACT = "gamepilot_source_pace"
PACE_OVER_S = 10.0
STALE_MS = 30 * SECOND_MS


def differs(problems: list[str]) -> bool:
    """Whether other problems than these are kept."""
    return {row.text for row in SourceProblem.select()} != set(problems)


def keep(problems: list[str], notices: list[str], now: int) -> list[str]:
    """Keep the problems there are and put the new ones on the feed, inside the caller's write(); returns those."""
    before = {row.text for row in SourceProblem.select()}
    new = [text for text in problems if text not in before]
    for text in before.difference(problems):
        SourceProblem.delete().where(SourceProblem.text == text).execute()
    for text in new:
        SourceProblem.insert(text=text, since=now).execute()
    for text in (*new, *notices):
        feed.append("system:error", {"message": text, "component": "gamepilot-database"}, now)
    return [*new, *notices]


class Pace:
    """Rows a second over the last seconds."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque()

    def add(self, rows: int) -> float:
        tick = time.monotonic()
        self._steps.append((tick, rows))
        while tick - self._steps[0][0] > PACE_OVER_S:
            self._steps.popleft()
        # What the first step brought was read before its time.
        spent = tick - self._steps[0][0]
        return (sum(rows for _, rows in self._steps) - self._steps[0][1]) / spent if spent else 0.0


def keep_pace(rows_per_second: float, now: int) -> None:
    """Inside the caller's write()."""
    value = msgspec.json.encode({"at": now, "rate": rows_per_second}).decode()
    Fact.insert(name=FACT, value=value).on_conflict_replace().execute()


@dataclass(frozen=True, slots=True)
class Progress:
    """Of all tables together; None where it is not known."""

    behind: int
    rows_per_second: float | None
    ends_at: int | None
    cursors: tuple[SourceCursor, ...]
    problems: tuple[SourceProblem, ...]

    def summary(self) -> dict[str, Any]:
        return {
            "rowsBehind": self.behind,
            "rowsPerSecond": None if self.rows_per_second is None else round(self.rows_per_second),
            "estimatedEnd": None if self.ends_at is None else iso(self.ends_at),
            "problems": [problem.text for problem in self.problems],
        }

    def described(self) -> dict[str, Any]:
        return self.summary() | {
            "tables": {
                cursor.name: {
                    "rows": cursor.rows, "skipped": cursor.skipped, "behind": cursor.behind,
                    "lastRead": iso(cursor.read_at) if cursor.read_at else None,
                }
                for cursor in self.cursors
            },
            "problems": [{"problem": problem.text, "since": iso(problem.since)} for problem in self.problems],
        }  # fmt: skip


def progress(now: int) -> Progress:
    cursors = tuple(SourceCursor.select().order_by(SourceCursor.name))
    problems = tuple(SourceProblem.select().order_by(SourceProblem.since, SourceProblem.text))
    behind = sum(cursor.behind for cursor in cursors)
    rate = _rate(now) if behind else None
    ends_at = now + int(behind / rate * 1000) if rate else None
    return Progress(behind, rate, ends_at, cursors, problems)


def read() -> int:
    """The rows read so far, of all tables."""
    return sum(cursor.rows for cursor in SourceCursor.select(SourceCursor.rows))


def _rate(now: int) -> float | None:
    fact = Fact.get_or_none(Fact.name == FACT)
    kept = msgspec.json.decode(fact.value) if fact else {}
    return float(kept["rate"]) if kept and now - kept["at"] < STALE_MS else None
