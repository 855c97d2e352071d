"""Broadcasts: an operator's words to every connected client, kept with their author."""

from typing import Any

from gamepilot_mon import audit, feed
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Broadcast


def send(event: str, data: Any, severity: str, author: str, now: int) -> int:
    """Store it and put it on the feed, inside the caller's write(); returns its id."""
    row = Broadcast.create(at=now, author=author, event=event, severity=severity, data=data)
    audit.record("broadcast.sent", f"broadcast {row.id}", now, event=event, severity=severity)
    feed.append("alert:broadcast", document(row), now)
    return int(row.id)


def document(row: Broadcast) -> dict[str, Any]:
    return {
        "id": row.id, "event": row.event, "data": row.data, "severity": row.severity,
        "author": row.author, "timestamp": iso(row.at),
    }  # fmt: skip
