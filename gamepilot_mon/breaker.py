"""Breaker: a channel that keeps failing is tried with one message now and then until it works. Pure."""

FAILURES_TO_OPEN = 5
PROBE_EVERY_MS = 15_000


def is_open(failures: int) -> bool:
    return failures >= FAILURES_TO_OPEN


def free_at(failures: int, tried_at: int | None, now: int) -> int:
    """When the channel may be tried; `now` or earlier means at once."""
    if not is_open(failures) or tried_at is None:
        return now
    # An attempt that lies ahead is one before the clock was set back, and says nothing about when.
    return now if tried_at > now else tried_at + PROBE_EVERY_MS
