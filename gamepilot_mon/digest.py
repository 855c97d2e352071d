"""Digest: what is owed for one cause is told by a channel in one message.

The rows carry the cause from the transaction that made them. From two on they are bundled as in a storm: the digest
is a notification with an id of its own, and its members are settled with it. One alone is its own message.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import peewee

from gamepilot_mon import db, storm
from gamepilot_mon.counted import counted
from gamepilot_mon.models import Notification
from gamepilot_mon.models.notification import PENDING
from gamepilot_mon.rules import RANK
from gamepilot_mon.storm import Due

LEAST = 2
NAMED = 20
NAME_MAX = 160

TYPE = "digest"


def causes(channel: str, now: int) -> list[str]:
    """The causes that several notifications wait for."""
    rows: Any = (
        Notification.select(Notification.cause)
        .where(
            (Notification.channel == channel)
            & Notification.cause.is_null(False)
            & (Notification.state == PENDING)
            & (Notification.due_at <= now)
        )
        .group_by(Notification.cause)
        .having(peewee.fn.COUNT(Notification.id) >= LEAST)
        .tuples()
    )
    return [cause for (cause,) in rows]


def sum_up(channel: str, cause: str, now: int) -> bool:
    """Bundle what waits for `cause` into one message, in a write() of its own."""
    if len(storm.waiting(channel, now, cause)) < LEAST:
        return False
    with db.write():
        rows = storm.waiting(channel, now, cause)
        if len(rows) < LEAST:
            return False
        storm.bundle(channel, rows, body(cause, rows), now)
    return True


def body(cause: str, rows: Sequence[Due]) -> dict[str, Any]:
    """What the digest says: criticals first, by name, and how many of each kind there are beyond. Pure."""
    ordered = sorted(rows, key=lambda row: (-RANK.get(row.severity, 0), row.id))
    lines = [_named(row) for row in ordered[:NAMED]]
    kinds = Counter((row.severity, row.type) for row in ordered[NAMED:])
    lines += [f"and {n:,} more: {severity} {type_[:60]}" for (severity, type_), n in kinds.items()]
    return {
        **storm.frame(rows),
        "type": TYPE, "status": "firing", "text": f"{cause}: {_still(len(rows))}\n" + "\n".join(lines),
        "threshold": None,
    }  # fmt: skip


def _still(count: int) -> str:
    return f"{counted(count, 'alert')} still {'fires' if count == 1 else 'fire'}"


def _named(row: Due) -> str:
    name = " ".join(row.text.split())
    return f"{row.severity} {row.type[:60]}: {name if len(name) <= NAME_MAX else name[: NAME_MAX - 1] + '…'}"
