"""Tiers: how wide the buckets are that a moment is kept in, and which of them cover a span. Pure.

Every event is counted once in each tier that still keeps its time, so wherever two tiers are kept they say the same,
and a span is read from the widest buckets that fit into it.
"""

from collections.abc import Sequence

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

FINE = 10 * SECOND_MS
MINUTE = MINUTE_MS
FIVE = 5 * MINUTE_MS
HOUR = HOUR_MS
WIDTHS = (FINE, MINUTE, FIVE, HOUR)
KEPT_MS = {FINE: 2 * HOUR_MS, MINUTE: 48 * HOUR_MS, FIVE: 30 * DAY_MS, HOUR: 400 * DAY_MS}

Part = tuple[int, int, int]  # width, from, to
Parts = Sequence[Part]


def is_kept(width: int, at: int, now: int) -> bool:
    """Whether the bucket of `width` that holds `at` is kept: as long as any moment of it is."""
    return at - at % width > oldest(width, now) - width


def oldest(width: int, now: int) -> int:
    """The moment until which a tier reaches back."""
    return now - KEPT_MS[width]


def from_finest(at: int, now: int) -> tuple[int, ...]:
    """The widths that keep `at`, the finest first; the widest when none does."""
    return tuple(width for width in WIDTHS if is_kept(width, at, now)) or (HOUR,)


def cover(start: int, end: int, widths: Sequence[int]) -> list[Part]:
    """The widest buckets that cover [start, end), with finer ones at its edges. Whole buckets at both."""
    narrow, *wider = widths
    start -= start % narrow
    if wider:
        first, last = start + -start % wider[0], end - end % wider[0]
        if first < last:
            edges = [(narrow, start, first), *cover(first, last, wider), (narrow, last, end)]
            return [part for part in edges if part[1] < part[2]]
    return [(narrow, start, end)] if start < end else []


def spans(span_ms: int, now: int) -> list[Part]:
    """What covers the last `span_ms` before `now`: all of it, and at most one bucket of its first edge more."""
    start = now - span_ms
    # A long window ends with the hour that is not over yet: nothing in it is later than now.
    end = now + 1 if span_ms <= HOUR else now + HOUR - now % HOUR
    return cover(start, end, from_finest(start, now))


def between(since: int, until: int, now: int) -> list[Part]:
    """What covers [since, until) of any time that is kept, and at most one bucket more at either edge."""
    return cover(since, until, from_finest(since, now))


def past_spans(span_ms: int, at: int, now: int) -> list[Part]:
    """As spans(), for a moment that has passed: nothing later is in it, but for the rest of its last bucket.

    Raises LookupError when the buckets that it takes are not kept any more.
    """
    start, hour = at - span_ms, at - at % HOUR
    if not is_kept(FIVE, at, now) or (span_ms <= HOUR and not is_kept(FIVE, start, now)):
        raise LookupError("buckets of five minutes are kept for 30 days")
    first, last = from_finest(start, now), from_finest(hour, now)
    if hour <= start or first == last:
        return cover(start, at, first)
    return [*cover(start, hour, first), *cover(hour, at, last)]
