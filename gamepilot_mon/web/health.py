"""Whether this process lives, and whether the whole monitor is ready."""

import os
from dataclasses import dataclass
from typing import Any

import peewee
from flask import Response
from flask_openapi import APIBlueprint

from gamepilot_mon.channel_health import LONGEST_PAUSE_MS
from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, utcnow
from gamepilot_mon.models import ChannelState, Notification, Process
from gamepilot_mon.models.notification import PENDING
from gamepilot_mon.web import store
from gamepilot_mon.web.envelope import success
from gamepilot_mon.web.problems import problem

BEAT_MAX_MS = 15 * SECOND_MS
OUTBOX_MAX_MS = 5 * MINUTE_MS

blueprint = APIBlueprint("health", __name__)


@dataclass(frozen=True, slots=True)
class State:
    """What readiness is judged by. None: no daemon ever ran; no notification is due."""

    beat_at: int | None
    stalled: str | None
    oldest_due_at: int | None


@blueprint.get("/healthz", summary="This process answers", security=[{}])
def healthz() -> Response:
    return success(utcnow(), status=200, data={"status": "ok", "pid": os.getpid()})


@blueprint.get("/readyz", summary="The store, the daemon and the outbox are in order", security=[{}])
def readyz() -> Response:
    now = utcnow()
    try:
        reasons = missing(store.read(state, now), now)
    except (peewee.DatabaseError, peewee.InterfaceError):
        reasons = ["the store cannot be read"]
    if reasons:
        return problem(503, "Not ready: " + "; ".join(reasons) + ".", reasons=reasons)
    return success(now, data={"status": "ready", "reasons": []})


def state(now: int) -> State:
    daemon: Any = Process.get_or_none(Process.name == "daemon")
    # What waits for a provider that is being tried, or has asked for a pause, is not stuck in here.
    busy = ChannelState.select(ChannelState.name).where(
        (ChannelState.tried_at > now - MINUTE_MS)
        | ChannelState.paused_until.between(now, now + LONGEST_PAUSE_MS)
    )
    due = (Notification.state == PENDING) & (Notification.due_at <= now) & Notification.channel.not_in(busy)
    oldest = Notification.select(peewee.fn.MIN(Notification.due_at)).where(due).scalar()
    return State(daemon and daemon.beat_at, daemon and daemon.stalled, oldest)


def missing(state: State, now: int) -> list[str]:
    """The reasons for not being ready, in words; empty when ready."""
    return [reason for reason in (_daemon(state, now), _outbox(state, now)) if reason]


def _daemon(state: State, now: int) -> str | None:
    if state.beat_at is None:
        return "the daemon has not started yet"
    if now - state.beat_at > BEAT_MAX_MS:
        return f"the daemon's last heartbeat is {(now - state.beat_at) // SECOND_MS} s old"
    if state.beat_at - now > BEAT_MAX_MS:
        return "the clock was set back, and the daemon has shown no sign of life since then"
    return f"the daemon makes no progress in {state.stalled}" if state.stalled else None


def _outbox(state: State, now: int) -> str | None:
    if state.oldest_due_at is None or now - state.oldest_due_at < OUTBOX_MAX_MS:
        return None
    return f"a notification has been due for {(now - state.oldest_due_at) // SECOND_MS} s"
