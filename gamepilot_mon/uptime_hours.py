"""Uptime of many checks over days: an hour that is over takes no more observations, so a process counts it once.

What a day of 2,000 checks would read anew at each look (millions of rows) is then the current hour of those on show.
"""

from bisect import bisect_left

from gamepilot_mon import uptime
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Check

KEPT_MS = 32 * DAY_MS
COMMITTED_MS = MINUTE_MS  # an observation of the old hour may be written a little late

Cell = tuple[int, int]  # milliseconds up and down; the rest is unknown
_WHOLE: Cell = (HOUR_MS, 0)  # one object for the many hours without a fault


class Hours:
    """What is counted already, by check and how long its observations hold; by the start of the hour."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], dict[int, Cell]] = {}

    def lasting(self, check: Check, since: int, until: int, now: int) -> dict[str, int]:
        """As uptime.lasting(): by state, the milliseconds of [since, until)."""
        first, last = _up(since), _down(min(until, now - COMMITTED_MS))
        if first >= last:
            return uptime.lasting(check, since, until)
        up, down = (sum(column) for column in zip(*self._whole(check, first, last, now), strict=True))
        for start, end in ((since, first), (last, until)):
            edge = uptime.lasting(check, start, end) if start < end else {"up": 0, "down": 0}
            up, down = up + edge["up"], down + edge["down"]
        return {"up": up, "down": down, "unknown": until - since - up - down}

    def _whole(self, check: Check, first: int, last: int, now: int) -> list[Cell]:
        valid = uptime.valid_ms(check)
        cells = self._cells.setdefault((check.id, valid), {})
        hours = range(first, last, HOUR_MS)
        missing = [hour for hour in hours if hour not in cells]
        if missing:
            cells.update(_count(check.id, missing, valid))
            for old in [hour for hour in list(cells) if hour < now - KEPT_MS]:
                cells.pop(old, None)
        return [cells.get(hour, (0, 0)) for hour in hours]


def _count(check_id: int, hours: list[int], valid: int) -> dict[int, Cell]:
    rows = uptime.observations(check_id, hours[0] - valid, hours[-1] + HOUR_MS)
    moments = [at for at, _ in rows]
    found = {}
    for hour in hours:
        begin, end = bisect_left(moments, hour - valid), bisect_left(moments, hour + HOUR_MS)
        lasted = uptime.shares(rows[begin:end], hour, hour + HOUR_MS, valid)
        cell = (lasted["up"], lasted["down"])
        found[hour] = _WHOLE if cell == _WHOLE else cell
    return found


def _up(at: int) -> int:
    return -(-at // HOUR_MS) * HOUR_MS


def _down(at: int) -> int:
    return at // HOUR_MS * HOUR_MS
