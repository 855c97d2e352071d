"""Recurrence: when a repeated span runs, from a cron expression in a time zone. Pure.

The expression is read on the wall clock of its zone. A start that the spring change skips happens right after the
gap, one that the autumn change repeats happens once; a duration is elapsed time, so two hours are always two hours.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from gamepilot_mon.clock import MINUTE_MS, SECOND_MS


def checked(cron: str, zone: str, now: int) -> None:
    """ValueError for an expression or zone that cannot be used, or that never comes."""
    if len(cron) > 100 or len(cron.split()) != 5:
        raise ValueError("a cron expression has five fields: minute hour day-of-month month day-of-week")
    try:
        following = next_start(cron, zone, now)
    except CronSimError as error:
        raise ValueError(f"is not a cron expression: {error}") from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not an IANA time zone such as Europe/Berlin") from None
    if following is None:
        raise ValueError("this cron expression never comes")


def last_start(cron: str, zone: str, now: int) -> int | None:
    """The newest start at or before `now`."""
    # Backwards from the end of the minute that `now` is in, so that a start in this minute counts.
    after = _local(now - now % MINUTE_MS + MINUTE_MS, zone)
    found = _ms(next(CronSim(cron, after, reverse=True), None))
    # Going backwards misses starts in the hour that the autumn change repeats; going forwards does not.
    while found is not None and (following := next_start(cron, zone, found)) and following <= now:
        found = following
    return found


def next_start(cron: str, zone: str, now: int) -> int | None:
    """The first start after `now`."""
    return _ms(next(CronSim(cron, _local(now, zone)), None))


def starts(cron: str, zone: str, since: int, until: int) -> Iterator[int]:
    """Every start from `since` until before `until`, oldest first."""
    for moment in CronSim(cron, _local(since - 1, zone)):
        start = int(moment.timestamp()) * SECOND_MS
        if start >= until:
            return
        if start >= since:
            yield start


def _local(ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ms // SECOND_MS, ZoneInfo(zone))


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp()) * SECOND_MS
