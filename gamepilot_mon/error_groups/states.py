"""States: what people decide about a group, kept with who, when and why; shown on the feed at once."""

from collections.abc import Iterable

from gamepilot_mon import audit, db, feed
from gamepilot_mon.error_groups import announcing
from gamepilot_mon.models import ErrorAction, ErrorGroup
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import errors

STATE_AFTER = {"resolve": "resolved", "reopen": "open", "ignore": "ignored"}


def resolve(
    settings: Settings, group: ErrorGroup, who: str, version: str | None, now: int, note: str | None = None
) -> None:
    """Gone, or gone as of `version`: then errors of what was deployed before it do not bring it back."""
    decide(settings, [group], "resolve", who, now, version=version, note=note)


def reopen(settings: Settings, group: ErrorGroup, who: str, now: int) -> None:
    decide(settings, [group], "reopen", who, now)


def ignore(settings: Settings, group: ErrorGroup, who: str, now: int) -> None:
    """Counted, and no more said of it."""
    decide(settings, [group], "ignore", who, now)


def decide(
    settings: Settings, groups: Iterable[ErrorGroup], action: str, who: str, now: int, *,
    version: str | None = None, note: str | None = None,
) -> None:  # fmt: skip
    """The same about each, inside the caller's write(). Deciding it again is kept too: it tells who looked at it."""
    for group in groups:
        resolved = action == "resolve"
        group.resolved_at, group.resolved_version = (now, version) if resolved else (None, None)
        group.state, group.changed_at, group.changed_by = STATE_AFTER[action], now, who
        group.save()
        ErrorAction.create(group_id=group.id, at=now, who=who, action=action, version=version, note=note)
        audit.record("error.decided", f"error group {group.id}", now, decision=action, version=version)
        if action != "reopen":
            announcing.settle(settings, group, now)
    db.touch("errors")
    feed.append("errors:update", errors.build(settings, now), now)
