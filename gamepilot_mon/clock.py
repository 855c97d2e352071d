"""The only place that asks the time; UTC epoch milliseconds everywhere, ISO 8601 at the border only."""

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
LONGEST_DURATION_MS = 36_525 * DAY_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UNITS_MS = {"w": WEEK_MS, "d": DAY_MS, "h": HOUR_MS, "m": MINUTE_MS, "s": SECOND_MS, "ms": 1}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,15}}){unit})?" for unit in _UNITS_MS))
_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_ISO_8601 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?"
)


def utcnow() -> int:
    """Milliseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1_000_000


def elapsed() -> int:
    """Milliseconds since the machine started, those included in which it was suspended: no clock that can be set."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def iso(ms: int) -> str:
    """`2026-11-24T12:00:00.000Z`; ValueError outside the years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        raise ValueError("a moment must lie in the years 1 to 9999") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a known time zone") from None


def parse_iso(text: str) -> int:
    """Milliseconds of an ISO 8601 date or date and time (no offset means UTC); ValueError otherwise."""
    if not _ISO_8601.fullmatch(text):
        raise ValueError("not an ISO 8601 time; write for example 2026-11-24T12:00:00Z")
    try:
        moment = datetime.fromisoformat(_extended(text))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment.astimezone(UTC) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        raise ValueError("not a date and time that exists") from None


def parse_moment(text: str, zone: ZoneInfo, now: int) -> int:
    """An ISO moment as parse_iso() takes it, or with `14:05` the last one on the clock of the zone."""
    clock = _TIME_OF_DAY.fullmatch(text)
    return _last(int(clock[1]), int(clock[2]), zone, now) if clock else parse_iso(text)


def _last(hour: int, minute: int, zone: ZoneInfo, now: int) -> int:
    today = datetime.fromtimestamp(now / 1000, zone)
    today = today.replace(hour=hour, minute=minute, second=0, microsecond=0)
    passed = today if today.timestamp() * 1000 <= now else today - timedelta(days=1)
    return int(passed.timestamp()) * 1000


def _extended(text: str) -> str:
    """The one spelling that datetime accepts: `T`, no space before the offset, `Z` in capitals."""
    day, rest = text[:10], text[11:]
    return f"{day}T{rest.replace(' ', '').upper()}" if rest else day


def parse_duration(text: str) -> int:
    """Milliseconds of `500ms`, `30s`, `5m`, `1h30m`, `30d`, `2w` or a bare `0`; ValueError otherwise.

    Units go from large to small, each at most once.
    """
    if text == "0":
        return 0
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError("not a duration; write for example 500ms, 30s, 5m, 1h30m or 30d")
    total = sum(int(count) * _UNITS_MS[unit] for unit, count in match.groupdict().items() if count)
    if total > LONGEST_DURATION_MS:
        raise ValueError("too long; a duration is at most 36525d (100 years)")
    return total


def format_duration(ms: int) -> str:
    """`5m`, `1h30m`, `30d`: what parse_duration reads back as the same number; days are the largest unit."""
    if ms < 0:
        raise ValueError("a duration is not negative")
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, ms = divmod(ms, _UNITS_MS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"
