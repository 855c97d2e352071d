"""Who is connected to this process, as GET /clients shows it."""

import os
from collections import Counter
from typing import Any

from gamepilot_mon.clock import iso
from gamepilot_mon.web.live.client import Client, names
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.metrics import Family


class Clients:
    """Empty until the hub has started."""

    def __init__(self) -> None:
        self.hub: Hub | None = None

    def __len__(self) -> int:
        return len(self._present())

    def listing(self, now: int) -> dict[str, Any]:
        rows = [_row(client, hub, now) for client, hub in self._present()]
        return {
            "connectedClients": len(rows),
            "byTransport": dict(Counter(row["transport"] for row in rows)),
            "byTopic": dict(Counter(topic for row in rows for topic in row["topics"])),
            "clients": rows,
            "timestamp": iso(now),
        }

    def waiting_bytes(self) -> dict[str, int]:
        """By the id of a client, what its socket has not taken yet; those with nothing are left out."""
        return {_id(client): len(client.rest) for client, _ in self._present() if client.rest}

    def families(self) -> list[Family]:
        if self.hub is None:
            return []
        return self.hub.numbers.families(client for client, _ in self._present())

    def _present(self) -> list[tuple[Client, Hub]]:
        if self.hub is None:
            return []
        return [(client, self.hub) for client in self.hub.rooms.clients() if client.protocol.transport]


def _row(client: Client, hub: Hub, now: int) -> dict[str, Any]:
    position = hub.position(client)
    waits_since = hub.recent.next_at(position)
    return {
        "id": _id(client),
        "transport": client.protocol.transport,
        "topics": names(client.topics),
        "connectedAt": iso(client.connected_at),
        "user": client.principal.name,
        "behind": hub.head - position,
        "delayMs": 0 if waits_since is None else max(0, now - waits_since),
    }


def _id(client: Client) -> str:
    return f"{os.getpid()}-{client.id}"
