"""Sentry's times: seconds with a fraction, or ISO 8601. Pure."""

import re
from typing import Any

from gamepilot_mon.clock import parse_iso
from gamepilot_mon.sources import plain
from gamepilot_mon.sources.intake import LATEST_MS

DURATION_MAX_MS = 1e12
_FRACTION = re.compile(r"\.\d{3}(\d{1,3})")  # microseconds, behind the milliseconds


def moment(said: Any) -> int | None:
    """Epoch ms; None when it is no time, and then the server's counts."""
    seconds = plain.number(said)
    try:
        at = (
            parse_iso(said) if isinstance(said, str) else int(seconds * 1000) if seconds is not None else None
        )
    except (ValueError, OverflowError):
        return None
    return at if at is not None and 0 <= at <= LATEST_MS else None


def duration_ms(start: Any, end: Any) -> float | None:
    began, ended = _exact_ms(start), _exact_ms(end)
    if began is None or ended is None:
        return None
    return round(ended - began, 3) if 0 <= ended - began <= DURATION_MAX_MS else None


def _exact_ms(said: Any) -> float | None:
    """As moment(), with the microseconds that queries are measured in."""
    at, seconds = moment(said), plain.number(said)
    if at is None or seconds is not None:
        return None if at is None or seconds is None else seconds * 1000
    fraction = _FRACTION.search(said)
    return at + (int(fraction[1].ljust(3, "0")) / 1000 if fraction else 0)
