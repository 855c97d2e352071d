"""The calendar of mutes: every silence and every run of a maintenance window in a span of time."""

from collections.abc import Iterator
from itertools import islice

from gamepilot_mon import maintenance, recurrence, silences
from gamepilot_mon.models import Maintenance, Silence
from gamepilot_mon.mutes import Matcher, Span

RUNS_MOST = 200  # of one window in one span: what runs every minute is no calendar


def spans(since: int, until: int) -> list[Span]:
    """What mutes at some moment of the span, by start. Epoch ms."""
    found = [*_silences(since, until), *_windows(since, until)]
    return sorted(found, key=lambda span: (span.starts_at, span.kind, span.id))


def _silences(since: int, until: int) -> Iterator[Span]:
    inside = (Silence.starts_at < until) & (Silence.ends_at > since) & (Silence.starts_at < Silence.ends_at)
    return (silences.span(row) for row in Silence.select().where(inside))


def _windows(since: int, until: int) -> Iterator[Span]:
    inside = (Maintenance.starts_at < until) & (Maintenance.ends_at.is_null() | (Maintenance.ends_at > since))
    for row in Maintenance.select().where(inside):
        yield from islice(runs(row, since, until), RUNS_MOST)


def runs(row: Maintenance, since: int, until: int) -> Iterator[Span]:
    """The runs of a window that touch the span, also the one that began before it."""
    over = row.ends_at
    for start in _starts(row, since - row.duration_ms + 1, until):
        end = start + row.duration_ms if over is None else min(start + row.duration_ms, over)
        if row.starts_at <= start < end and end > since:
            matchers = tuple(Matcher(*parts) for parts in row.matchers)
            yield Span(row.id, matchers, start, end, row.author, row.reason, "maintenance")


def _starts(row: Maintenance, since: int, until: int) -> Iterator[int]:
    if row.cron is not None:
        yield from recurrence.starts(row.cron, row.zone or "UTC", max(since, row.starts_at), until)
    elif since <= row.starts_at < until:
        yield row.starts_at


def now_muting(now: int) -> list[Span]:
    """What holds messages back now."""
    return [*silences.holding(now), *maintenance.holding(now)]
