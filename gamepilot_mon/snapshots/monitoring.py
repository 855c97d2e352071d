"""How the monitoring itself is doing, for GET /status."""

from typing import Any

import peewee

from gamepilot_mon.clock import HOUR_MS, SECOND_MS, iso
from gamepilot_mon.models.feed_item import FeedItem
from gamepilot_mon.models.process import Process
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import queries

BEAT_WITHIN_MS = 15 * SECOND_MS


def build(settings: Settings, now: int, *, connected_clients: int | None = None) -> dict[str, Any]:
    """`isActive`: the daemon's heart beat within 15 s and none of its loops is stalled."""
    daemon = Process.get_or_none(Process.name == queries.DAEMON)
    updated = _newest_update(now)
    return {
        "isActive": daemon is not None and abs(now - daemon.beat_at) <= BEAT_WITHIN_MS and not daemon.stalled,
        "connectedClients": connected_clients,
        "lastUpdate": iso(updated) if updated else None,
        "uptime": queries.daemon_uptime_s(now),
        "status": queries.status(now),
    }


def _newest_update(now: int) -> int | None:
    """When health was last published; a snapshot older than an hour counts as none."""
    newest = FeedItem.select(peewee.fn.MAX(FeedItem.at)).where(
        (FeedItem.event == "health:update") & (FeedItem.at >= now - HOUR_MS)
    )
    at = newest.scalar()
    return None if at is None else int(at)
