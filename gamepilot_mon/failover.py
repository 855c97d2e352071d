"""Failover: a critical that its channel cannot deliver goes through the channel named for that case as well.

It does once the notification failed a few times, became a dead letter, or its channel is not tried for a while
anyway. The copy says what it stands in for, and is never handed on. It is judged by state, as paging is: the other
channel is sent nothing that it knows already, however often the first one is asked to say it, and nothing about an
alert that is muted, acknowledged since, or long over. Who heard of an alert in this way hears of its end.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import peewee

from gamepilot_mon import breaker, contents, db
from gamepilot_mon.models import Alert, ChannelState, Notification
from gamepilot_mon.models.notification import BUNDLED, DEAD, DROPPED, PENDING
from gamepilot_mon.muting import Muting
from gamepilot_mon.owing import DELIVERY_FAILED
from gamepilot_mon.paging import LEAST_AFTER_REFUSAL_MS
from gamepilot_mon.runtime_config import RuntimeConfig

FAILED_ATTEMPTS = 3
LONG_PAUSE_MS = 60_000  # a provider's pause that a critical does not wait for
LOOK_BACK_MS = 24 * 3_600_000
STALE_MS = 15 * 60_000  # what has been over for so long helps nobody any more
MOST_AT_ONCE = 500


def take_over(failovers: Mapping[str, str], config: RuntimeConfig, now: int) -> int:
    """Make the copies that are owed now; opens a write() only when there is one. Returns how many."""
    pages = [(row, other) for name, other in failovers.items() for row in _pages(name, other, config, now)]
    others = dict.fromkeys(failovers.values())
    ends = [copy for other in others for copy in _untold_ends(other, config.cooldown_ms, now)]
    if not pages and not ends:
        return 0
    with db.write():
        for row, other in pages:
            _copy(row, other, now)
        for copy in ends:
            _end(copy, now)
    return len(pages) + len(ends)


def _pages(name: str, other: str, config: RuntimeConfig, now: int) -> list[Notification]:
    rows = _undeliverable(name, config, other, now)
    if not rows:
        return []
    alerts = {alert.id: alert for alert in Alert.select().where(Alert.id.in_([row.alert_id for row in rows]))}
    muting = Muting.of(alerts.values(), now)
    return [row for row in rows if _is_wanted(row, alerts[row.alert_id], other, muting, now)]


def _is_wanted(row: Notification, alert: Alert, other: str, muting: Muting, now: int) -> bool:
    if alert.type == DELIVERY_FAILED and alert.labels.get("channel") == other:
        return False
    if alert.status == "acknowledged" and row.created_at <= (alert.acknowledged_at or 0):
        return False
    muted = muting.muted(alert, now)
    # What flaps is told once with a note, and this is that once.
    return muted is None or muted.since is not None


def _undeliverable(name: str, config: RuntimeConfig, other: str, now: int) -> list[Notification]:
    """What `name` does not deliver and `other` does not know, of several about one alert the newest."""
    hopeless = Notification.state == DEAD
    waiting = Notification.state.in_((PENDING, BUNDLED))
    if not _is_out(ChannelState.of(name), now):
        waiting &= Notification.attempts >= FAILED_ATTEMPTS
    # The states alone, too: the index is by channel and state.
    open_or_dead = Notification.state.in_((DEAD, PENDING, BUNDLED))
    newest = (
        Notification.select(peewee.fn.MAX(Notification.id))
        .join(Alert, on=(Alert.id == Notification.alert_id))
        .where(
            (Notification.channel == name)
            & open_or_dead
            & (hopeless | waiting)
            & (Notification.severity == "critical")
            & (Notification.change != "resolved")
            & (Notification.created_at > now - LOOK_BACK_MS)
            & Notification.failover_of.is_null()
            & (Alert.ended_at.is_null() | (Alert.ended_at > now - STALE_MS))
            & ~peewee.fn.EXISTS(_known(other, config))
        )
        .group_by(Notification.alert_id)
        # The newest first: what is muted stays in this list, and must not crowd out the rest.
        .order_by(peewee.fn.MAX(Notification.id).desc())
        .limit(MOST_AT_ONCE)
    )
    return list(Notification.select().where(Notification.id.in_(newest)).order_by(Notification.id))


def _known(other: str, config: RuntimeConfig) -> Any:
    """What says that `other` knows: a copy, its own of the same moment, or a critical that makes this one no news."""
    same = Notification.alias()
    of_the_moment = (same.change == Notification.change) & (same.created_at == Notification.created_at)
    heard = (
        (same.severity == "critical")
        & (same.change != "resolved")
        & same.state.not_in((DEAD, DROPPED))
        & ((Notification.change != "repeat") | ~_is_due_again(same, config))
    )
    return same.select(same.id).where(
        (same.channel == other)
        & (same.alert_id == Notification.alert_id)
        & ((same.failover_of == Notification.id) | of_the_moment | heard)
    )


def _is_due_again(heard: Any, config: RuntimeConfig) -> Any:
    """Whether a repeat is news to who heard `heard`, on the terms of paging."""
    age_ms = Notification.created_at - heard.created_at
    evidence_at = peewee.fn.COALESCE(Alert.evidence_at, 0)
    new_evidence = (evidence_at > heard.created_at) & (age_ms >= config.cooldown_ms)
    often_ms = _often_ms(config)
    return new_evidence | ((often_ms > 0) & (age_ms >= often_ms))


def _often_ms(config: RuntimeConfig) -> Any:
    """How often a notification's alert is repeated: as the route says that it came by, else as all are; 0: never."""
    named = peewee.fn.COALESCE(peewee.fn.json_extract(Notification.body, "$.route"), "")
    own = [
        (_begins(named, f"{route.name}, "), route.repeat_ms)
        for route in config.routing
        if route.repeat_ms is not None
    ]
    always = peewee.Value(config.repeat_interval_ms)
    return peewee.Case(None, own, always) if own else always


def _begins(column: Any, text: str) -> Any:
    return peewee.fn.SUBSTR(column, 1, len(text)) == text


def _untold_ends(other: str, cooldown_ms: int, now: int) -> list[Notification]:
    """The newest copy about each alert that is over, when `other` was not told of the end.

    An end that was refused is offered again after the cooldown, as evaluation does for what a channel is owed itself.
    """
    end = Notification.alias()
    told = end.select(end.id).where(
        (end.channel == other)
        & (end.alert_id == Notification.alert_id)
        & (end.change == "resolved")
        & ((end.state != DEAD) | (end.settled_at > now - max(cooldown_ms, LEAST_AFTER_REFUSAL_MS)))
    )
    newest = (
        Notification.select(peewee.fn.MAX(Notification.id))
        .join(Alert, on=(Alert.id == Notification.alert_id))
        .where(
            (Notification.channel == other)
            & Notification.failover_of.is_null(False)
            & Notification.state.not_in((DEAD, DROPPED))
            & (Alert.ended_at > now - LOOK_BACK_MS)
            & ~peewee.fn.EXISTS(told)
        )
        .group_by(Notification.alert_id)
        .limit(MOST_AT_ONCE)
    )
    return list(Notification.select().where(Notification.id.in_(newest)).order_by(Notification.id))


def _is_out(state: ChannelState, now: int) -> bool:
    return breaker.is_open(state.failures) or state.paused_until > now + LONG_PAUSE_MS


def _copy(row: Notification, other: str, now: int) -> None:
    db.touch("outbox")
    Notification.insert(
        uid=uuid.uuid4().hex, alert_id=row.alert_id, fingerprint=row.fingerprint, channel=other,
        change=row.change, severity=row.severity, body=row.body, created_at=row.created_at, due_at=now,
        failover_of=row.id,
    ).execute()  # fmt: skip


def _end(copy: Notification, now: int) -> None:
    alert = Alert.get_by_id(copy.alert_id)
    db.touch("outbox")
    Notification.insert(
        uid=uuid.uuid4().hex, alert_id=alert.id, fingerprint=alert.fingerprint, channel=copy.channel,
        change="resolved", severity=alert.severity, body=contents.body(alert, copy.body["url"]),
        created_at=alert.ended_at, due_at=now, failover_of=copy.failover_of,
    ).execute()  # fmt: skip
