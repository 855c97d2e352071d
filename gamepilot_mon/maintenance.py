"""Maintenance windows as they are kept: adding, ending, and those that run now as spans that mute."""

from collections.abc import Sequence

import peewee

from gamepilot_mon import audit, db, recurrence
from gamepilot_mon.models import Maintenance
from gamepilot_mon.mutes import Matcher, Span


def add(
    matchers: Sequence[Matcher], starts_at: int, ends_at: int | None, duration_ms: int, author: str,
    reason: str, now: int, *, cron: str | None = None, zone: str | None = None,
) -> Maintenance:  # fmt: skip
    """Inside the caller's write(). Without `cron` it runs once, for `duration_ms` from `starts_at`.

    Raises ValueError for an expression or zone that cannot be used, and for a window that would never run.
    """
    if cron is not None:
        recurrence.checked(cron, zone or "UTC", now)
    check_runs(starts_at, starts_at + duration_ms if cron is None else ends_at, now)
    db.touch("silences")
    row: Maintenance = Maintenance.create(
        matchers=[[m.name, m.operator, m.value] for m in matchers], starts_at=starts_at,
        ends_at=starts_at + duration_ms if cron is None else ends_at, cron=cron,
        zone=None if cron is None else zone or "UTC", duration_ms=duration_ms, author=author, reason=reason,
        created_at=now,
    )  # fmt: skip
    conditions = ["".join(parts) for parts in row.matchers]
    audit.record("maintenance.added", f"window {row.id}", now, matchers=conditions, cron=cron, reason=reason)
    return row


def check_runs(starts_at: int, ends_at: int | None, now: int) -> None:
    """Raises ValueError for a window that is over before it can run."""
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise ValueError("it would never run: its end has passed, or is not after its start")


def expire(window_id: int, now: int) -> bool:
    """End it for good, inside the caller's write(); False when it is unknown or over."""
    open_now = (Maintenance.id == window_id) & _not_over(now)
    db.touch("silences")
    ended = bool(Maintenance.update(ends_at=now).where(open_now).execute())
    if ended:
        audit.record("maintenance.ended", f"window {window_id}", now)
    return ended


def holding(now: int) -> list[Span]:
    """The windows that run now."""
    rows = Maintenance.select().where((Maintenance.starts_at <= now) & _not_over(now))
    return [span for row in rows if (span := running(row, now))]


def ended(after: int, now: int) -> list[Span]:
    """Of each window the newest occurrence that is over, if it ended later than `after`."""
    rows = Maintenance.select().where(
        (Maintenance.starts_at <= now) & (Maintenance.ends_at.is_null() | (Maintenance.ends_at > after))
    )
    return [span for row in rows if (span := _newest_over(row, now)) and span.ends_at > after]


def _newest_over(row: Maintenance, now: int) -> Span | None:
    at = now if row.ends_at is None else min(now, row.ends_at - 1)
    found = _occurrence(row, at)
    if found is not None and found.ends_at > now:
        found = _occurrence(row, found.starts_at - 1)
    return found if found is not None and found.ends_at <= now else None


def running(row: Maintenance, now: int) -> Span | None:
    """The occurrence that `now` is in."""
    found = _occurrence(row, now)
    return found if found is not None and now < found.ends_at else None


def _occurrence(row: Maintenance, now: int) -> Span | None:
    """The one that began last, over or not."""
    start = recurrence.last_start(row.cron, row.zone or "UTC", now) if row.cron else row.starts_at
    if start is None or not row.starts_at <= start <= now:
        return None
    end = min(start + row.duration_ms, row.ends_at or start + row.duration_ms)
    matchers = tuple(Matcher(*parts) for parts in row.matchers)
    return Span(row.id, matchers, start, end, row.author, row.reason, "maintenance")


def state(row: Maintenance, now: int) -> str:
    """ended | active | pending."""
    if row.ends_at is not None and row.ends_at <= now:
        return "ended"
    return "active" if running(row, now) else "pending"


def next_start(row: Maintenance, now: int) -> int | None:
    """When it starts the next time."""
    after = max(now, row.starts_at - 1)
    if row.cron is None:
        start = row.starts_at if row.starts_at > now else None
    else:
        start = recurrence.next_start(row.cron, row.zone or "UTC", after)
    return start if start is not None and (row.ends_at is None or start < row.ends_at) else None


def _not_over(now: int) -> peewee.Expression:
    over: peewee.Expression = Maintenance.ends_at.is_null() | (Maintenance.ends_at > now)
    return over
