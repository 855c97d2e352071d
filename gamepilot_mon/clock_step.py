"""Clock step: the wall clock was set, which is not time that passed.

Forward: what is open (alerts, what was told about them, channels, checks) keeps its age, and so does what the rules
look back on. Back: what then lies ahead happened "now", in the order in which it did, so that whatever waits for a
period waits for one more at most; what was measured keeps its age, as it would come round a second time. What people
chose by the clock itself (the ends of silences, sessions, tokens) stays as it is.
"""

from typing import Any

import peewee

from gamepilot_mon import db, rollups
from gamepilot_mon.clock import DAY_MS
from gamepilot_mon.models import (
    Alert,
    Attempt,
    ChannelState,
    Check,
    ConfigVersion,
    Event,
    Incident,
    Notification,
    Observation,
    Process,
)
from gamepilot_mon.turns import OPEN_STATES

LEAST_MS = 2_000  # less is the slewing of a clock that is kept in time

_TOPICS = ("alerts", "checks", "events", "outbox", "config")

_NOTIFICATION = (Notification.created_at, Notification.due_at, Notification.settled_at)
_ATTEMPT = (Attempt.started_at, Attempt.ended_at)
_ALERT = (
    Alert.started_at, Alert.fired_at, Alert.changed_at, Alert.waiting_since, Alert.evidence_at,
    Alert.acknowledged_at, Alert.acknowledged_until, Alert.ended_at,
)  # fmt: skip
_INCIDENT = (
    Incident.started_at, Incident.changed_at, Incident.acknowledged_at, Incident.acknowledged_until, Incident.ended_at,
)  # fmt: skip
_CHANNEL = (
    ChannelState.failing_since, ChannelState.tried_at, ChannelState.last_success_at, ChannelState.last_failure_at,
    ChannelState.paused_until, ChannelState.paced_until, ChannelState.summed_up_at,
)  # fmt: skip
_CHECK = (Check.state_since, Check.observed_at)
_DECISIONS = (*_NOTIFICATION, *_ATTEMPT, *_ALERT, *_INCIDENT, *_CHANNEL, *_CHECK)
_EVENT = (Event.at, Event.received_at)
_CRITICAL = (Event.kind == "error") & (Event.severity == "critical")

WINDOWS_MS = DAY_MS  # what the rules look back on


def carry(step_ms: int, now: int) -> None:
    """Take the stored moments along on a step by `step_ms` to `now`, inside the caller's write()."""
    if step_ms > 0:
        _forward(step_ms, now)
    else:
        _back(-step_ms, now, now)
    for topic in _TOPICS:
        db.touch(topic)


def carry_rest(step_ms: int, now: int) -> None:
    """A while after carry() of a step back: what was under way then has been written by the old clock since."""
    _back(-step_ms, now, now - step_ms // 2)
    db.touch("outbox")


def since_last_life(now: int) -> int:
    """By how much the clock was set back at least since the daemon last lived, as a step; 0 when it was not."""
    beat = Process.get_or_none(Process.name == "daemon")
    return min(0, now - beat.beat_at) if beat else 0


def _forward(step_ms: int, now: int) -> None:
    # What another process wrote since the step is by the new clock already.
    old = now - step_ms // 2
    open_alerts = Alert.select(Alert.id).where(Alert.ended_at.is_null())
    told = Notification.state.in_(OPEN_STATES) | Notification.alert_id.in_(open_alerts)
    newest_up = (
        Observation.select(peewee.fn.MAX(Observation.id))
        .where(Observation.state == "up")
        .group_by(Observation.check_id)
    )
    for columns, is_open in (
        (_NOTIFICATION, told),
        (_ATTEMPT, Attempt.ended_at.is_null()),
        (_ALERT, Alert.ended_at.is_null()),
        (_INCIDENT, Incident.ended_at.is_null()),
        (_CHANNEL, True),
        (_CHECK, True),
        ((Observation.at,), Observation.id.in_(newest_up)),
    ):
        for column in columns:
            _update(column, column + step_ms, column.between(1, old) & is_open)  # 0 says "never"
    seen = now - step_ms - WINDOWS_MS
    for column in _EVENT:
        _update(column, column + step_ms, _CRITICAL & column.between(seen, old))
    rollups.move(step_ms, seen, old)


def _back(by_ms: int, now: int, after: int) -> None:
    """Moments later than `after` lie ahead."""
    for column in (*_DECISIONS, ConfigVersion.created_at):
        # What lay ahead before the step, such as the end of a pause, is as far ahead after it.
        _update(column, peewee.fn.MAX(now, column - by_ms), column > after)
    for column in _EVENT:
        _update(column, peewee.fn.MAX(now, column - by_ms), _CRITICAL & (column > after))
    _update(Observation.at, Observation.at - by_ms, Observation.at > after)
    rollups.move(-by_ms, after)


def _update(column: peewee.Field, value: Any, where: Any) -> None:
    column.model.update({column: value}).where(where).execute()
