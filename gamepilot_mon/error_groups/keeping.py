"""Keeping: how long groups and what belongs to them are kept."""

from typing import Any

from gamepilot_mon.clock import DAY_MS
from gamepilot_mon.models import (
    ErrorAction,
    ErrorGroup,
    ErrorHour,
    ErrorSample,
    ErrorUser,
    ErrorVersion,
    Release,
)

KEPT_MS = 90 * DAY_MS
RELEASES_MS = 400 * DAY_MS
GROUPS_AT_ONCE = 100  # each brings the people and hours of its own with it
OWNED: tuple[Any, ...] = (ErrorHour, ErrorUser, ErrorSample, ErrorVersion, ErrorAction)


def prune(history_ms: int, now: int, *, limit: int) -> int:
    """Delete groups that were not seen for longer than they are kept, and old hours, inside the caller's write()."""
    before = now - max(KEPT_MS, history_ms)
    old = ErrorGroup.select(ErrorGroup.id).where(ErrorGroup.last_seen < before)
    ids = [row.id for row in old.order_by(ErrorGroup.last_seen).limit(min(limit, GROUPS_AT_ONCE))]
    if ids:
        for table in OWNED:
            table.delete().where(table.group_id.in_(ids)).execute()
        ErrorGroup.delete().where(ErrorGroup.id.in_(ids)).execute()
    Release.delete().where(Release.at < now - RELEASES_MS).execute()
    hours = ErrorHour.select(ErrorHour.hour).where(ErrorHour.hour < before).order_by(ErrorHour.hour)
    oldest = [row.hour for row in hours.limit(limit)]
    deleted = ErrorHour.delete().where(ErrorHour.hour <= oldest[-1]).execute() if oldest else 0
    return len(ids) + int(deleted)
