"""States: what people decide about a group, kept with who and when; shown on the feed at once."""

from gamepilot_mon import audit, db, feed
from gamepilot_mon.error_groups import announcing
from gamepilot_mon.models import ErrorAction, ErrorGroup
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import errors

STATE_AFTER = {"resolve": "resolved", "reopen": "open", "ignore": "ignored"}


def resolve(settings: Settings, group: ErrorGroup, who: str, version: str | None, now: int) -> None:
    """Gone, or gone as of `version`: then errors of what was deployed before it do not bring it back."""
    group.resolved_at, group.resolved_version = now, version
    _decided(settings, group, "resolve", who, now)


def reopen(settings: Settings, group: ErrorGroup, who: str, now: int) -> None:
    group.resolved_at = group.resolved_version = None
    _decided(settings, group, "reopen", who, now)


def ignore(settings: Settings, group: ErrorGroup, who: str, now: int) -> None:
    """Counted, and no more said of it."""
    group.resolved_at = group.resolved_version = None
    _decided(settings, group, "ignore", who, now)


def _decided(settings: Settings, group: ErrorGroup, action: str, who: str, now: int) -> None:
    """Inside the caller's write(). Deciding the same again is kept too: it tells who looked at it."""
    group.state, group.changed_at, group.changed_by = STATE_AFTER[action], now, who
    group.save()
    ErrorAction.create(group_id=group.id, at=now, who=who, action=action, version=group.resolved_version)
    audit.record(
        "error.decided", f"error group {group.id}", now, decision=action, version=group.resolved_version
    )
    if action != "reopen":
        announcing.settle(settings, group, now)
    db.touch("errors")
    feed.append("errors:update", errors.build(settings, now), now)
