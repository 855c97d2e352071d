"""Channel health: what every attempt says about the channel that it went through."""

from collections.abc import Iterable

from gamepilot_mon import breaker
from gamepilot_mon.models import ChannelState, Notification
from gamepilot_mon.models.notification import PENDING
from gamepilot_mon.pace import Pace

LONGEST_PAUSE_MS = 3_600_000


def used(name: str, pace: Pace, now: int) -> None:
    """An attempt begins, inside the caller's write()."""
    state = ChannelState.of(name)
    state.tried_at, state.paced_until = now, pace.after(state.paced_until, now)
    state.keep()


def works(name: str, now: int) -> None:
    """The provider took a message, inside the caller's write()."""
    state = ChannelState.of(name)
    was_open = breaker.is_open(state.failures)
    state.failures, state.failing_since, state.paused_until, state.last_success_at = 0, None, 0, now
    state.keep()
    if was_open:
        _release(name, now)


def refused(name: str, detail: str, now: int) -> None:
    """The provider answered, and will never take this one message: no sign that the channel is dead."""
    state = ChannelState.of(name)
    state.last_failure_at, state.last_failure = now, detail
    state.keep()


def failed(name: str, detail: str, now: int, pause_ms: int | None) -> None:
    """It did not take the message for now. Who asks for a pause is alive: that is obeyed and not counted."""
    state = ChannelState.of(name)
    state.last_failure_at, state.last_failure = now, detail
    state.failing_since = state.failing_since or now
    if pause_ms is None:
        state.failures += 1
    else:
        state.paused_until = now + min(pause_ms, LONGEST_PAUSE_MS)
    state.keep()


def outdated(changed_at: int) -> list[str]:
    """The channels whose breaker or pause is about a configuration that was changed at `changed_at`."""
    held_back = (ChannelState.failures > 0) | (ChannelState.paused_until > 0)
    return [
        state.name
        for state in ChannelState.select().where(held_back & (ChannelState.last_failure_at < changed_at))
    ]


def renew(names: Iterable[str], now: int) -> None:
    """Try these as if nothing had failed, inside the caller's write(): what failed may have been corrected."""
    for name in names:
        state = ChannelState.of(name)
        state.failures, state.paused_until = 0, 0
        state.keep()
        _release(name, now)


def paused_until(state: ChannelState, now: int) -> int:
    # A longer pause than can be asked for is from before the clock was set back.
    return state.paused_until if state.paused_until <= now + LONGEST_PAUSE_MS else 0


def _release(name: str, now: int) -> None:
    """The channel is back: what was put off by its failures goes now."""
    waiting = (Notification.channel == name) & (Notification.state == PENDING) & (Notification.due_at > now)
    Notification.update(due_at=now).where(waiting).execute()
