"""Failover: a critical that its channel cannot deliver goes through the channel named for that case as well.

It does once the notification failed a few times, became a dead letter, or its channel is not tried for a while
anyway. The copy says what it stands in for. It is made once, never when the other channel was owed the same by
itself, and never of a copy. Who heard of an alert in this way hears of its end in the same way.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import peewee

from gamepilot_mon import breaker, db
from gamepilot_mon.models import ChannelState, Notification
from gamepilot_mon.models.notification import BUNDLED, DEAD, DROPPED, PENDING

FAILED_ATTEMPTS = 3
LONG_PAUSE_MS = 60_000  # a provider's pause that a critical does not wait for
LOOK_BACK_MS = 24 * 3_600_000
MOST_AT_ONCE = 500


def take_over(failovers: Mapping[str, str], now: int) -> int:
    """Make the copies that are owed now; opens a write() only when there is one. Returns how many."""
    owed = [(row, other) for name, other in failovers.items() for row in _owed(name, other, now)]
    if not owed:
        return 0
    with db.write():
        for row, other in owed:
            _copy(row, other, now)
    return len(owed)


def _owed(name: str, other: str, now: int) -> Iterable[Notification]:
    return [*_undeliverable(name, other, now), *_ends(name, other, now)]


def _undeliverable(name: str, other: str, now: int) -> Any:
    hopeless = Notification.state == DEAD
    waiting = Notification.state.in_((PENDING, BUNDLED))
    if not _is_out(ChannelState.of(name), now):
        waiting &= Notification.attempts >= FAILED_ATTEMPTS
    # The states alone, too: the index is by channel and state.
    open_or_dead = Notification.state.in_((DEAD, PENDING, BUNDLED))
    wanted = open_or_dead & (hopeless | waiting) & (Notification.severity == "critical")
    return _not_yet(name, other, now).where(wanted & (Notification.change != "resolved"))


def _ends(name: str, other: str, now: int) -> Any:
    """Resolutions, delivered or not, of what the other channel heard of in this way only."""
    told = Notification.alias()
    heard = told.select(told.alert_id).where(
        (told.channel == other) & told.failover_of.is_null(False) & told.state.not_in((DEAD, DROPPED))
    )
    return _not_yet(name, other, now).where(
        (Notification.change == "resolved") & Notification.alert_id.in_(heard)
    )


def _not_yet(name: str, other: str, now: int) -> Any:
    """The originals of `name` that `other` has neither a copy of nor its own notification of."""
    same = Notification.alias()
    own = (
        (same.alert_id == Notification.alert_id)
        & (same.change == Notification.change)
        & (same.created_at == Notification.created_at)
    )
    known = same.select(same.id).where(
        (same.channel == other) & ((same.failover_of == Notification.id) | own)
    )
    return (
        Notification.select()
        .where(
            (Notification.channel == name)
            & (Notification.created_at > now - LOOK_BACK_MS)
            & Notification.failover_of.is_null()
            & Notification.alert_id.is_null(False)
            & ~peewee.fn.EXISTS(known)
        )
        .order_by(Notification.id)
        .limit(MOST_AT_ONCE)
    )


def _is_out(state: ChannelState, now: int) -> bool:
    return breaker.is_open(state.failures) or state.paused_until > now + LONG_PAUSE_MS


def _copy(row: Notification, other: str, now: int) -> None:
    db.touch("outbox")
    Notification.insert(
        uid=uuid.uuid4().hex, alert_id=row.alert_id, fingerprint=row.fingerprint, channel=other,
        change=row.change, severity=row.severity, body=row.body, created_at=row.created_at, due_at=now,
        failover_of=row.id,
    ).execute()  # fmt: skip
