"""Turns: which notifications a channel sends next, and when.

Criticals come first, then the oldest. A notification waits for the earlier ones about the same fingerprint, so
nobody hears of an end before the start; an earlier one that a critical waits for comes as early as the critical.
A channel that takes several at once gets one about each fingerprint, and one alone while it fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
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
    """Send `rows`; or nothing, and ask again at `again_at` (None: when something is added)."""

    rows: tuple[Notification, ...] = ()
    again_at: int | None = None

    @property
    def row(self) -> Notification | None:
        return self.rows[0] if self.rows else None


def next_turn(channel: str, traits: Traits, now: int, in_air: int = 0) -> Turn:
    """What may be sent beside the `in_air` that are under way already."""
    if in_air >= traits.at_once or _next_due(channel) is None:
        return Turn()
    state = ChannelState.of(channel)
    room = _room(state, traits) - in_air
    if room <= 0:
        return Turn()
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
    return _turn(channel, _in_order(channel, now, room))


def _room(state: ChannelState, traits: Traits) -> int:
    """How many may be in the air: one while the channel fails, or while each of them is paid for."""
    return 1 if state.failures or traits.pace.every_ms else traits.at_once


def _turn(channel: str, rows: list[Notification]) -> Turn:
    return Turn(tuple(rows)) if rows else Turn(again_at=_next_due(channel))


def _in_order(channel: str, now: int, room: int) -> list[Notification]:
    urgent = list(islice(_urgent(channel, now), room))
    if len(urgent) == room:
        return urgent
    chosen = {row.id for row in urgent}
    rest = [row for row in _oldest(channel, now, room) if row.id not in chosen]
    return [*urgent, *rest][:room]


def _in_storm(channel: str, state: ChannelState, now: int) -> Turn:
    again_at = storm.next_summary_at(channel, state, now)
    if again_at is not None and again_at <= now and not storm.sum_up(channel, now):
        return _turn(channel, _in_order(channel, now, 1))
    if again_at is None and storm.criticals_wait(channel, now):
        # A summary that gives way to each of them would hold up the next one, which tells them all.
        rows = _summary(channel, now) or list(islice(_urgent(channel, now), 1))
    else:
        rows = list(islice(_urgent(channel, now), 1)) or _summary(channel, now)
    return Turn(tuple(rows)) if rows else Turn(again_at=max(again_at or 0, now + 1_000))


def _urgent(channel: str, now: int) -> Iterator[Notification]:
    """The oldest criticals, or what must be told before each."""
    criticals = (
        Notification.select(Notification.fingerprint)
        .where(_pending(channel) & (Notification.due_at <= now) & (Notification.severity == "critical"))
        .order_by(Notification.id)
        .limit(CRITICALS_LOOKED_AT)
    )
    for fingerprint in dict.fromkeys(row.fingerprint for row in criticals):
        head = _head(channel, fingerprint)
        if head is not None and head.state == PENDING and head.due_at <= now:
            yield head


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


def _oldest(channel: str, now: int, room: int) -> list[Notification]:
    return _first(channel, now, room, Notification.due_at, Notification.id)


def _least_tried(channel: str, now: int) -> list[Notification]:
    """For a channel that fails: another one each time, so that one poisoned message cannot keep it closed."""
    critical_first = peewee.Case(None, [(Notification.severity == "critical", 0)], 1)
    return _first(channel, now, 1, Notification.attempts, critical_first, Notification.id)


def _summary(channel: str, now: int) -> list[Notification]:
    due = _pending(channel) & (Notification.due_at <= now)
    return list(Notification.select().where(due & (Notification.change == storm.CHANGE)).limit(1))


def _first(channel: str, now: int, room: int, *order: Any) -> list[Notification]:
    """Only what no earlier one about its fingerprint stands before, so at most one of each."""
    earlier = Notification.alias()
    blocked = earlier.select(earlier.id).where(
        (earlier.fingerprint == Notification.fingerprint)
        & (earlier.channel == Notification.channel)
        & (earlier.id < Notification.id)
        & earlier.state.in_(OPEN_STATES)
    )
    return list(
        Notification.select()
        .where(_pending(channel) & (Notification.due_at <= now) & ~peewee.fn.EXISTS(blocked))
        .order_by(*order)
        .limit(room)
    )


def _next_due(channel: str) -> int | None:
    due: int | None = (
        Notification.select(peewee.fn.MIN(Notification.due_at)).where(_pending(channel)).scalar()
    )
    return due


def _pending(channel: str) -> Any:
    pending: Any = Notification.state == PENDING
    return pending & (Notification.channel == channel)
