"""The Retry-After header (RFC 9110, 10.2.3): seconds, or a date."""

from email.utils import parsedate_to_datetime

LONGEST_MS = 3_600_000
"""a provider's wish is followed, but an alert is not put off for longer than this"""


def parse_retry_after(text: str | None, now: int) -> int | None:
    """Milliseconds from `now`, or None when there is no usable value."""
    if not text:
        return None
    asked = _seconds_ms(text.strip())
    if asked is None:
        asked = _date_ms(text, now)
    return None if asked is None else min(max(asked, 0), LONGEST_MS)


def _seconds_ms(text: str) -> int | None:
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 9):
        return None
    decimals = fraction if fraction.isascii() and fraction.isdigit() else "0"
    return int(whole) * 1000 + int(decimals[:3].ljust(3, "0"))


def _date_ms(text: str, now: int) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000) - now
    except (ValueError, OverflowError):
        return None
