"""Trends: how often groups happened in each hour up to now."""

from collections.abc import Sequence
from typing import Any

from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.models import ErrorHour


def starts(hours: int, now: int) -> range:
    """Where each hour begins, oldest first; the last one is the hour that it is now."""
    first = now - now % HOUR_MS - (hours - 1) * HOUR_MS
    return range(first, now + 1, HOUR_MS)


def by_hour(group_ids: Sequence[int], hours: int, now: int) -> dict[int, list[int]]:
    """For each group its counts, one for each of starts()."""
    each = starts(hours, now)
    wanted = (
        ErrorHour.group_id.in_(list(group_ids)) & (ErrorHour.hour >= each[0]) & (ErrorHour.hour <= each[-1])
    )
    found = {group_id: [0] * len(each) for group_id in group_ids}
    rows: Any = ErrorHour.select(ErrorHour.group_id, ErrorHour.hour, ErrorHour.count).where(wanted)
    for group_id, hour, count in rows.tuples():
        found[group_id][(hour - each[0]) // HOUR_MS] += count
    return found
