"""The hub's rounds: everybody is pinged in turn, and whoever has been silent or stuck too long is let go."""

from typing import TYPE_CHECKING

from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.wires import Gone, monotonic_ms

if TYPE_CHECKING:
    from gamepilot_mon.web.live.hub import Hub

SLOTS = 60  # each client belongs to one, so that twenty thousand pings do not fall on one moment


class Rounds:
    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._slot = 0
        self._due_at = monotonic_ms()

    def wait_s(self) -> float:
        """Until the next one is due."""
        return max(0, self._due_at - monotonic_ms()) / 1000

    def go(self) -> None:
        now = self._hub.wires.now
        if now < self._due_at:
            return
        self._due_at = now + max(1, self._hub.timing.ping_ms // SLOTS)
        self._hub.subscriptions.let_go()
        self._slot = (self._slot + 1) % SLOTS
        for client in self._hub.wires.every(self._slot, SLOTS):
            self._hub.attempt(client, self._ping, client)
        for client in list(self._hub.lagging):
            if client.rest is not None and now - client.moved_at > self._hub.timing.stuck_ms:
                self._hub.numbers.stuck += 1
                self._hub.drop(client)
        for client in list(self._hub.closing):
            if client.closing_at is not None and now >= client.closing_at:
                self._hub.drop(client)

    def _ping(self, client: Client) -> None:
        if client.rest is not None:
            return  # it has enough to read; being stuck is what ends this one
        # The last pong came just after a ping, so half a period less makes the third missed one count.
        timing = self._hub.timing
        patience = timing.silence_ms - timing.ping_ms // 2
        if client.protocol.answers_pings and self._hub.wires.now - client.heard_at > patience:
            raise Gone
        self._hub.send(client, client.protocol.ping())
