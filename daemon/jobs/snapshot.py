"""Snapshot: put the current documents on the feed, at every check interval and soon after a change."""

from typing import Any

from daemon.jobs import Context
from gamepilot_mon import db, feed
from gamepilot_mon.snapshots import DOCUMENTS

MOVING = frozenset({"timestamp", "uptime"})  # members that change without anything having happened


class Snapshot:
    name = "snapshot"
    gap_ms = 2_000
    limit_ms = 60_000
    wakes_on = frozenset({"rollups", "checks", "alerts", "errors", "moods"})  # whatever a document is made of

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self.every_ms = context.settings.check_interval_ms
        self._shown: dict[str, dict[str, Any]] = {}
        self._regular_at = 0

    def run(self, now: int) -> int | None:
        # Also due when the clock was set back: then the next time lies further off than one period.
        regular = not now < self._regular_at <= now + self.every_ms
        if regular:
            self._regular_at = now + self.every_ms
        documents = {f"{name}:update": build(self._settings, now) for name, build in DOCUMENTS.items()}
        changed = {
            event: d for event, d in documents.items() if regular or _still(d) != self._shown.get(event)
        }
        if changed:
            with db.write():
                for event, document in changed.items():
                    feed.append(event, document, now)
        self._shown = {event: _still(document) for event, document in documents.items()}
        return self._regular_at


def _still(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in MOVING}
