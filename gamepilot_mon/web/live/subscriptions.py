"""What a client is to hear: from when on, and what it is shown before that. In the hub's greenlet only."""

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import gevent

from gamepilot_mon import feed
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web.live.client import SYSTEM, Client, Replay
from gamepilot_mon.web.live.notices import gap
from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.wires import monotonic_ms

if TYPE_CHECKING:
    from gamepilot_mon.web.live.hub import Hub

AHEAD_PATIENCE_MS = 2000  # for this process's tail to read what somebody else has already shown
AHEAD = "ahead of the log"
HELD_MS = 1000  # for a new client to say where it resumes


class Subscriptions:
    def __init__(self, hub: "Hub", store: Store) -> None:
        self._hub = hub
        self._store = store
        self._held: deque[tuple[int, Client]] = deque()

    def hold(self, client: Client) -> None:
        """Nothing new for a moment: what is always on would else come before what it asks to be shown again,
        and one that is cut off between the two would resume behind items that it never saw."""
        client.cursor = self._hub.head
        self._held.append((self._hub.wires.now + HELD_MS, client))

    def let_go(self) -> None:
        """Those that have said nothing hear what is always on."""
        while self._held and self._held[0][0] <= self._hub.wires.now:
            _, client = self._held.popleft()
            self._hub.attempt(client, self._release, client)

    def _release(self, client: Client) -> None:
        if client.cursor is not None:
            self._hub.mark_lagging(client)
            self._hub.catch_up.advance(client)

    def begin(self, client: Client, topics: int, since: int | None) -> None:
        """Live from here on; before that what came after `since`, or the latest state without it.

        A `since` that this process has not read yet needs await_log() first.
        """
        new, here = self._enter(client, topics)
        if since is None:
            self.send_snapshot(client, new, here)
        else:
            self._replay(client, new, since, here)
        self._release(client)

    def _replay(self, client: Client, topics: int, since: int, here: int) -> None:
        if client.cursor is not None and client not in self._hub.lagging:
            client.cursor = max(client.cursor, since)  # held since before this process had read that far
        system_until = client.system_from
        client.system_from = min(system_until, since)
        if since < (here if topics else system_until):
            self._hub.mark_lagging(client)
            client.replays = [*(client.replays or ()), Replay(topics, since, here, system_until)]

    def begin_after_gap(self, client: Client, topics: int, since: int | None, reason: str) -> None:
        new, here = self._enter(client, topics)
        self.send_gap(client, new, since, here, reason)
        self._release(client)

    def end(self, client: Client, topics: int) -> None:
        topics &= ~SYSTEM
        self._hub.rooms.move(client, client.topics & ~topics)
        for replay in client.replays or ():
            replay.topics &= ~topics

    def _enter(self, client: Client, topics: int) -> tuple[int, int]:
        """(the topics it had not, the id after which it hears them live)."""
        new = topics & ~client.topics
        self._hub.rooms.move(client, client.topics | topics)
        return new, self._hub.position(client)

    def send_gap(self, client: Client, topics: int, since: int | None, here: int, reason: str) -> None:
        self._hub.send(client, client.protocol.encode(gap(since, here, reason, utcnow())))
        self.send_snapshot(client, topics, here)

    def send_snapshot(self, client: Client, topics: int, here: int) -> None:
        shown = self._hub.recent.snapshot(topics, here)
        if shown:
            self._hub.send(client, b"".join(encoded.bytes_for(client.protocol) for encoded in shown))

    def await_log(self, client: Client, topics: int, since: int) -> None:
        """begin() with a `since` of which this process knows nothing yet; for a greenlet that may wait."""
        if self._reaches(since):
            begin = partial(self.begin, client, topics, since)
        else:
            begin = partial(self.begin_after_gap, client, topics, since, AHEAD)
        self._hub.call(self._hub.attempt, client, begin)

    def _reaches(self, since: int) -> bool:
        """Whether the log has `since`; if so, waits until it is read."""
        if since > self._hub.head and since > self._store.read(feed.last_id):
            return False
        until = monotonic_ms() + AHEAD_PATIENCE_MS
        while self._hub.head < since and monotonic_ms() < until:
            gevent.sleep(0.01)
        return self._hub.head >= since
