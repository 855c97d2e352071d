"""Calendar: hours of UTC on the clock of a place. Pure.

What is counted by hour belongs to the local hour in which its first minute lies: where a zone is off by half an hour,
so is that.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["hour", "day", "week"]


def local(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone)


def step_start(ms: int, step: Step, zone: ZoneInfo) -> int:
    """Where the hour, the local day or the local week (from Monday on) begins that `ms` is in; epoch ms."""
    if step == "hour":
        return ms - ms % 3_600_000
    there = local(ms, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if step == "week":
        there -= timedelta(days=there.weekday())
    return int(there.timestamp() * 1000)


def hour_of_week(ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """(weekday from Monday = 0, hour)."""
    there = local(ms, zone)
    return there.weekday(), there.hour
