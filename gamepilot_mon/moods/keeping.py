"""Keeping: how long tallies, steps and people are kept."""

from typing import Any

from gamepilot_mon.clock import DAY_MS
from gamepilot_mon.models import ActiveUser, DayUsers, LaunchStep, MoodStep, ShownStep, Tally
from gamepilot_mon.moods.folding import STEPS_KEPT_MS
from gamepilot_mon.moods.funnel import WINDOW_MS
from gamepilot_mon.moods.people import REMEMBERED_MS

TALLIES_MS = 400 * DAY_MS
PULSES_MS = 70 * DAY_MS  # as far back as a rhythm rule looks, and a week more
HOURLY = (
    "mood", "transition", "action", "learning", "shown", "clicked", "launched", "rated", "succeeded",
)  # fmt: skip


def prune(now: int, *, limit: int) -> int:
    """Delete up to about `limit` rows of each table inside the caller's write(); returns how many of the fullest."""
    # The neighbours of what may still come are kept for one window more.
    steps = now - STEPS_KEPT_MS - WINDOW_MS
    deleted = [_oldest(table, table.at, steps, limit) for table in (MoodStep, ShownStep, LaunchStep)]
    deleted.append(_oldest(ActiveUser, ActiveUser.last_seen, now - REMEMBERED_MS, limit))
    deleted.append(_oldest(DayUsers, DayUsers.day, now - TALLIES_MS, limit))
    deleted += [_tallies(what, now - TALLIES_MS, limit) for what in HOURLY]
    deleted.append(_tallies("pulse", now - PULSES_MS, limit))
    return max(deleted)


def _oldest(table: Any, moment: Any, before: int, limit: int) -> int:
    rows = table.select(moment).where(moment < before).order_by(moment).limit(limit).tuples()
    found = [at for (at,) in rows]
    return int(table.delete().where(moment <= found[-1]).execute()) if found else 0


def _tallies(what: str, before: int, limit: int) -> int:
    of_it = Tally.what == what
    rows: Any = Tally.select(Tally.start).where(of_it & (Tally.start < before)).order_by(Tally.start)
    found = [start for (start,) in rows.limit(limit).tuples()]
    return int(Tally.delete().where(of_it & (Tally.start <= found[-1])).execute()) if found else 0
