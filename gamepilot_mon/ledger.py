"""The ledger: every notification with its attempts, and how each channel is doing, as the API and the CLI show them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from gamepilot_mon import breaker, channel_health, destinations
from gamepilot_mon.channels.wording import span
from gamepilot_mon.clock import DAY_MS, iso
from gamepilot_mon.models import Attempt, ChannelState, Notification
from gamepilot_mon.models.notification import BUNDLED, PENDING, SENDING
from gamepilot_mon.runtime_config import RuntimeConfig

# A channel that nothing went through for so long is not known to work: the weekly proof may wait a day for its hour.
STALE_PROOF_MS = 8 * DAY_MS


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notifications; None is any."""

    channel: str | None = None
    state: str | None = None
    alert: int | None = None
    before: int | None = None
    limit: int = 50


def deliveries(wanted: Wanted) -> list[dict[str, Any]]:
    """Newest first, each with its attempts: three queries, however many there are."""
    rows = _rows(wanted)
    attempts = _attempts([row.id for row in rows])
    named = _named({row.summary_id for row in rows} | {row.failover_of for row in rows})
    return [_payload(row, attempts[row.id], named) for row in rows]


def channels(config: RuntimeConfig, now: int) -> list[dict[str, Any]]:
    """The enabled channels, then the standbys."""
    standbys = destinations.standbys(config)
    names = (*destinations.enabled(config), *standbys)
    found = conditions(names, now)
    return [
        {
            "name": name,
            "kind": config.channels[name].kind,
            "standby": name in standbys,
            "failover": config.failovers.get(name),
            **found[name],
        }
        for name in names
    ]


def proven(state: ChannelState, now: int) -> str:
    """In words, when the channel last took a message, and since when it takes none."""
    failing = f"; failing since {span(max(0, now - state.failing_since))}" if state.failing_since else ""
    if state.last_success_at is None:
        return f"never proven: nothing has gone through yet{failing}"
    said = f"proven {span(max(0, now - state.last_success_at))} ago{failing}"
    return f"{said}; send a test" if is_stale(state, now) and not failing else said


def is_stale(state: ChannelState, now: int) -> bool:
    """Whether nothing has gone through for so long that the channel is not known to work."""
    return state.last_success_at is None or now - state.last_success_at > STALE_PROOF_MS


def conditions(names: Iterable[str], now: int) -> dict[str, dict[str, Any]]:
    """By name, how each channel is doing, whether it is in use or not."""
    queues = _queues()
    return {name: _condition(name, queues[name], now) for name in names}


def _rows(wanted: Wanted) -> list[Notification]:
    rows = Notification.select().order_by(Notification.id.desc()).limit(wanted.limit)
    if wanted.channel is not None:
        rows = rows.where(Notification.channel == wanted.channel)
    if wanted.state is not None:
        rows = rows.where(Notification.state == wanted.state)
    if wanted.alert is not None:
        rows = rows.where(Notification.alert_id == wanted.alert)
    return list(rows.where(Notification.id < wanted.before) if wanted.before else rows)


def _attempts(ids: Sequence[int]) -> dict[int, list[Attempt]]:
    grouped: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.select().where(Attempt.notification_id.in_(list(ids))).order_by(Attempt.id):
        grouped[attempt.notification_id].append(attempt)
    return grouped


def _named(ids: Iterable[int | None]) -> dict[int, Notification]:
    wanted = [id_ for id_ in ids if id_ is not None]
    return {row.id: row for row in Notification.select().where(Notification.id.in_(wanted))}


def _payload(row: Notification, tried: Sequence[Attempt], named: dict[int, Notification]) -> dict[str, Any]:
    summary, original = named.get(row.summary_id or 0), named.get(row.failover_of or 0)
    return {
        "id": row.id,
        "notificationId": row.uid,
        "alertId": row.alert_id,
        "fingerprint": row.fingerprint,
        "channel": row.channel,
        "change": row.change,
        "type": row.body.get("type"),
        "severity": row.severity,
        "state": row.state,
        "createdAt": iso(row.created_at),
        "dueAt": iso(row.due_at) if row.state == PENDING else None,
        "settledAt": _iso(row.settled_at),
        "deliveryMs": row.settled_at - row.created_at if row.state == "sent" and row.settled_at else None,
        "resend": row.uncertain,
        "detail": row.detail,
        "summary": summary.uid if summary else None,
        "failoverOf": {"channel": original.channel, "notificationId": original.uid} if original else None,
        "attempts": [_attempt(attempt) for attempt in tried],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "startedAt": iso(attempt.started_at),
        "endedAt": _iso(attempt.ended_at),
        "ms": attempt.ended_at - attempt.started_at if attempt.ended_at else None,
        "outcome": attempt.outcome,
        "detail": attempt.detail,
    }


def _queues() -> dict[str, dict[str, int]]:
    grouped: dict[str, dict[str, int]] = defaultdict(lambda: {PENDING: 0, SENDING: 0, BUNDLED: 0})
    counts: Any = (
        Notification.select(Notification.channel, Notification.state, peewee.fn.COUNT(Notification.id))
        .where(Notification.state.in_((PENDING, SENDING, BUNDLED)))
        .group_by(Notification.channel, Notification.state)
        .tuples()
    )
    for channel, state, count in counts:
        grouped[channel][state] = count
    return grouped


def _condition(name: str, queue: dict[str, int], now: int) -> dict[str, Any]:
    state = ChannelState.of(name)
    return {
        "state": condition(state, now),
        "breaker": "open" if breaker.is_open(state.failures) else "closed",
        "failures": state.failures,
        "failingSince": _iso(state.failing_since),
        "lastSuccessAt": _iso(state.last_success_at),
        "lastFailureAt": _iso(state.last_failure_at),
        "lastFailure": state.last_failure,
        "nextTryAt": _next_try(state, now),
        "proven": proven(state, now),
        "queue": {**queue, "total": sum(queue.values())},
    }


def condition(state: ChannelState, now: int) -> str:
    """working | failing | broken | paused | unknown."""
    if breaker.is_open(state.failures):
        return "broken"
    if channel_health.paused_until(state, now) > now:
        return "paused"
    if state.failures:
        return "failing"
    return "unknown" if state.last_success_at is None else "working"


def _next_try(state: ChannelState, now: int) -> str | None:
    at = max(channel_health.paused_until(state, now), breaker.free_at(state.failures, state.tried_at, now))
    return iso(at) if at > now else None


def _iso(at: int | None) -> str | None:
    return iso(at) if at is not None else None
