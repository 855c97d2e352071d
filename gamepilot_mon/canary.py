"""Canary: a channel that nothing went through for long is sent a test message by the ordinary way.

So a revoked webhook or an expired password is found on a quiet weekday morning rather than in the night of an outage:
what the provider refuses becomes a dead letter, and its alert goes out through the other channels.
"""

import uuid
from collections.abc import Iterable, Sequence

from gamepilot_mon import db, destinations
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import ChannelState, Cursor, Notification
from gamepilot_mon.runtime_config import RuntimeConfig
from gamepilot_mon.settings import Settings
from gamepilot_mon.turns import OPEN_STATES

TYPE = "canary"
LEAST_BETWEEN_MS = DAY_MS - HOUR_MS  # one a day at most, also to a channel that refuses it


def due_at(proven_at: int | None, watched_since: int, every_ms: int, hour: int) -> int:
    """When a channel that was last proven then is due: at the civil hour (UTC) that comes first. Pure.

    One that was never proven is due at the first such hour after it was first seen.
    """
    # An hour off, so that a proof a few seconds after nine is followed by one at nine.
    earliest = watched_since if proven_at is None else proven_at + every_ms - HOUR_MS
    at = earliest - earliest % DAY_MS + hour * HOUR_MS
    return at if at >= earliest else at + DAY_MS


def owed(settings: Settings, config: RuntimeConfig, now: int) -> list[str]:
    """The channels, standbys too, that are due in the hour that `now` is in."""
    if not settings.canary_ms or now % DAY_MS // HOUR_MS != settings.canary_hour:
        return []
    names = (*destinations.enabled(config), *destinations.standbys(config))
    return [name for name in names if _is_due(name, settings, now) and not _is_under_way(name, now)]


def unseen(config: RuntimeConfig) -> list[str]:
    """The channels that have not been watched yet."""
    names = (*destinations.enabled(config), *destinations.standbys(config))
    return [name for name in names if not Cursor.read(_cursor(name))]


def watch(names: Iterable[str], now: int) -> None:
    """From now on, inside the caller's write()."""
    for name in names:
        Cursor.move(_cursor(name), now)


def send(names: Sequence[str], url: str | None, now: int) -> None:
    """Put one into the outbox for each, inside the caller's write()."""
    for name in names:
        db.touch("outbox")
        Notification.insert(
            uid=uuid.uuid4().hex, alert_id=None, fingerprint=f"{TYPE}:{name}", channel=name, change="test",
            severity="info", body=body(name, url, now), created_at=now, due_at=now,
        ).execute()  # fmt: skip


def body(name: str, url: str | None, now: int) -> dict[str, object]:
    text = f"Proof that {name} works: nothing else has gone through it for a while. If you can read this, it does."
    return {
        "type": TYPE, "severity": "info", "status": "firing", "text": text, "value": None, "threshold": None,
        "timestamp": now, "started_at": now, "ended_at": None, "labels": {}, "metadata": {}, "url": url,
    }  # fmt: skip


def _is_due(name: str, settings: Settings, now: int) -> bool:
    proven_at = ChannelState.of(name).last_success_at
    since = Cursor.read(_cursor(name)) or now
    # A success later than now is one before the clock was set back.
    proven_at = None if proven_at is not None and proven_at > now + MINUTE_MS else proven_at
    return now >= due_at(proven_at, since, settings.canary_ms, settings.canary_hour)


def _is_under_way(name: str, now: int) -> bool:
    """Something waits for the channel, which proves it as well; or one went out a short while ago."""
    of_channel = Notification.channel == name
    recent = (Notification.fingerprint == f"{TYPE}:{name}") & (
        Notification.created_at > now - LEAST_BETWEEN_MS
    )
    return (
        Notification.select()
        .where((of_channel & Notification.state.in_(OPEN_STATES)) | (of_channel & recent))
        .exists()
    )


def _cursor(name: str) -> str:
    return f"{TYPE}:{name}"
