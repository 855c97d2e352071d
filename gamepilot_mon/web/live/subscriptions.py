"""What a client is to hear: from when on, and what it is shown before that. In the hub's greenlet only."""

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import gevent

from gamepilot_mon import feed
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web.live.client import BIT, SYSTEM, Client, Replay, bounded
from gamepilot_mon.web.live.notices import gap
from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.wires import monotonic_ms

if TYPE_CHECKING:
    from gamepilot_mon.web.live.hub import Hub

AHEAD_PATIENCE_MS = 2000  # for this process's tail to read what somebody else has already shown
AHEAD = "ahead of the log"
HELD_MS = 500  # for a new client to say where it resumes
TOGETHER_S = 0.05


class Subscriptions:
    def __init__(self, hub: "Hub", store: Store) -> None:
        self._hub = hub
        self._store = store
        self._held: deque[tuple[int, Client]] = deque()
        self._resuming: dict[Client, dict[int, int]] = {}  # since -> topics

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
        if client.cursor is not None and client not in self._resuming:
            self._hub.mark_lagging(client)
            self._hub.catch_up.advance(client)

    def begin(self, client: Client, topics: int, since: int | None) -> None:
        """Live from here on; before that what came after `since`, or the latest state without it.

        A `since` that this process has not read yet needs await_log() first.
        """
        if since is not None:
            self._skip_to(client, since)
        new, here = self._enter(client, topics)
        if since is None:
            self.send_snapshot(client, new, here)
        else:
            self._replay(client, topics | SYSTEM, since)
        self._release(client)

    def resume(self, client: Client, topics: int, since: int) -> None:
        """begin() for a client that may ask for each topic by itself.

        What comes within a moment is brought level together, in the order of the log: else one that is cut off
        meanwhile would have seen a late item of one topic before an early one of another, and its newest id would
        hide that.
        """
        wanted = self._resuming.get(client)
        if wanted is None:
            wanted = self._resuming[client] = {}
            if client.cursor is None:
                self.hold(client)  # what is always on must not come in between
            gevent.spawn_later(TOGETHER_S, self._hub.call, self._settle, client, wanted)
        wanted[since] = wanted.get(since, 0) | topics

    def _settle(self, client: Client, wanted: dict[int, int]) -> None:
        if self._resuming.get(client) is wanted:  # else it was settled before, and this is a later one's
            self.settle(client)

    def settle(self, client: Client) -> None:
        """Nothing more comes within the moment: what it asked for with resume() begins now."""
        for since, topics in sorted(self._resuming.pop(client, {}).items()):
            self._hub.attempt(client, self._resume_after, client, topics, since)

    def _resume_after(self, client: Client, topics: int, since: int) -> None:
        if since > self._hub.head:
            self._hub.in_order(client, partial(self.await_log, client, topics, since))
        else:
            self.begin(client, topics, since)

    def _skip_to(self, client: Client, since: int) -> None:
        """It is ahead of where it stands here: held since before this process had read that far, or a slow reader.

        What it hears already is still owed; of the rest it has seen what comes up to `since`.
        """
        position = client.cursor
        if position is None or since <= position:
            return
        if client.topics == SYSTEM:
            client.heard_after = bounded(client.heard_after, SYSTEM, since)
        else:
            client.replays = [*(client.replays or ()), Replay(client.topics, position, since, {})]
        client.cursor = since

    def _replay(self, client: Client, topics: int, since: int) -> None:
        """Of each topic what lies between `since` and what it hears anyway, be it subscribed now or before."""
        bounds = dict(zip(BIT.values(), client.heard_after, strict=True))
        owed = {bit: after for bit, after in bounds.items() if bit & topics and since < after}
        if owed:
            client.heard_after = bounded(client.heard_after, sum(owed), since)
            self._hub.mark_lagging(client)
            replay = Replay(sum(owed), since, max(owed.values()), owed)
            client.replays = [*(client.replays or ()), replay]

    def begin_after_gap(self, client: Client, topics: int, since: int | None, reason: str) -> None:
        _, here = self._enter(client, topics)
        self.send_gap(client, topics, since, here, reason)
        self._release(client)

    def end(self, client: Client, topics: int) -> None:
        topics &= ~SYSTEM
        for since in self._resuming.get(client, ()):
            self._resuming[client][since] &= ~topics
        self._hub.rooms.move(client, client.topics & ~topics)
        for replay in client.replays or ():
            replay.topics &= ~topics

    def _enter(self, client: Client, topics: int) -> tuple[int, int]:
        """(the topics it had not, the id after which it hears them live)."""
        new = topics & ~client.topics
        here = self._hub.position(client)
        self._hub.rooms.move(client, client.topics | topics)
        client.heard_after = bounded(client.heard_after, new, here)
        return new, here

    def send_gap(self, client: Client, topics: int, since: int | None, here: int, reason: str) -> None:
        self._hub.send(client, client.protocol.encode(gap(since, here, reason, utcnow())))
        self.send_snapshot(client, topics, here, after_gap=True)

    def send_snapshot(self, client: Client, topics: int, here: int, *, after_gap: bool = False) -> None:
        shown = self._hub.recent.snapshot(topics, here, after_gap=after_gap)
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
