"""Turns: which notification a channel sends next, and when.

Criticals come first, then the oldest. A notification waits for the earlier ones about the same fingerprint, so
nobody hears of an end before the start; an earlier one that a critical waits for comes as early as the critical.
"""

from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import breaker, channel_health, digest, storm
from gamepilot_mon.channels import Traits
from gamepilot_mon.models import ChannelState, Notification
from gamepilot_mon.models.notification import BUNDLED, PENDING, SENDING

OPEN_STATES = (PENDING, SENDING, BUNDLED)
CRITICALS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """Send `row`; or nothing, and ask again at `again_at` (None: when something is added)."""

    row: Notification | None = None
    again_at: int | None = None


def next_turn(channel: str, traits: Traits, now: int) -> Turn:
    if _next_due(channel) is None:
        return Turn()
    state = ChannelState.of(channel)
    free_at = max(
        channel_health.paused_until(state, now),
        breaker.free_at(state.failures, state.tried_at, now),
        traits.pace.free_at(state.paced_until, now),
    )
    if free_at > now:
        return Turn(again_at=free_at)
    if traits.summarises:
        for cause in digest.causes(channel, now):
            digest.sum_up(channel, cause, now)
    if breaker.is_open(state.failures):
        return _turn(channel, _least_tried(channel, now))
    if traits.summarises and storm.is_crowded(channel, now):
        return _in_storm(channel, state, now)
    return _turn(channel, _urgent(channel, now) or _oldest(channel, now))


def _turn(channel: str, row: Notification | None) -> Turn:
    return Turn(row) if row else Turn(again_at=_next_due(channel))


def _in_storm(channel: str, state: ChannelState, now: int) -> Turn:
    again_at = storm.next_summary_at(channel, state, now)
    if again_at is not None and again_at <= now and not storm.sum_up(channel, now):
        return _turn(channel, _urgent(channel, now) or _oldest(channel, now))
    row = _urgent(channel, now) or _summary(channel, now)
    return Turn(row) if row else Turn(again_at=max(again_at or 0, now + 1_000))


def _urgent(channel: str, now: int) -> Notification | None:
    """The oldest critical, or what must be told before it."""
    criticals = (
        Notification.select(Notification.fingerprint)
        .where(_pending(channel) & (Notification.due_at <= now) & (Notification.severity == "critical"))
        .order_by(Notification.id)
        .limit(CRITICALS_LOOKED_AT)
    )
    for fingerprint in dict.fromkeys(row.fingerprint for row in criticals):
        head = _head(channel, fingerprint)
        if head is not None and head.state == PENDING and head.due_at <= now:
            return head
    return None


def _head(channel: str, fingerprint: str) -> Notification | None:
    """The earliest that is still open about a fingerprint."""
    head: Notification | None = (
        Notification.select()
        .where(
            (Notification.fingerprint == fingerprint)
            & (Notification.channel == channel)
            & Notification.state.in_(OPEN_STATES)
        )
        .order_by(Notification.id)
        .first()
    )
    return head


def _oldest(channel: str, now: int) -> Notification | None:
    return _first(channel, now, Notification.due_at, Notification.id)


def _least_tried(channel: str, now: int) -> Notification | None:
    """For a channel that fails: another one each time, so that one poisoned message cannot keep it closed."""
    critical_first = peewee.Case(None, [(Notification.severity == "critical", 0)], 1)
    return _first(channel, now, Notification.attempts, critical_first, Notification.id)


def _summary(channel: str, now: int) -> Notification | None:
    summary: Notification | None = (
        Notification.select()
        .where(_pending(channel) & (Notification.due_at <= now) & (Notification.change == storm.CHANGE))
        .first()
    )
    return summary


def _first(channel: str, now: int, *order: Any) -> Notification | None:
    earlier = Notification.alias()
    blocked = earlier.select(earlier.id).where(
        (earlier.fingerprint == Notification.fingerprint)
        & (earlier.channel == Notification.channel)
        & (earlier.id < Notification.id)
        & earlier.state.in_(OPEN_STATES)
    )
    row: Notification | None = (
        Notification.select()
        .where(_pending(channel) & (Notification.due_at <= now) & ~peewee.fn.EXISTS(blocked))
        .order_by(*order)
        .first()
    )
    return row


def _next_due(channel: str) -> int | None:
    due: int | None = (
        Notification.select(peewee.fn.MIN(Notification.due_at)).where(_pending(channel)).scalar()
    )
    return due


def _pending(channel: str) -> Any:
    pending: Any = Notification.state == PENDING
    return pending & (Notification.channel == channel)
