"""The hub: one greenlet that serves every live client.

Only it changes a client, so that a batch meets every client as it was; others hand it work by `call`.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable

import gevent
from gevent.event import Event
from gevent.queue import SimpleQueue

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.feed import Item
from gamepilot_mon.web.live.catch_up import CatchUp
from gamepilot_mon.web.live.client import SYSTEM, Client, Protocol, Replay
from gamepilot_mon.web.live.frames import GOING_AWAY, INTERNAL, POLICY
from gamepilot_mon.web.live.notices import gap, shutdown
from gamepilot_mon.web.live.recent import Encoded, Recent
from gamepilot_mon.web.live.rooms import Rooms
from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.timing import Timing
from gamepilot_mon.web.live.wires import EPOLLOUT, Gone, Wires, monotonic_ms

log = logging.getLogger(__name__)

WHEEL_SLOTS = 60
BATCH_BYTES = 128 * 1024
BACKLOG_BYTES = 256 * 1024
MAX_STEPS = 64
YIELD_EVERY = 500  # sends; about 5 ms
STORE_READERS = 4

Welcome = Callable[[Client], None]
Work = tuple[Callable[..., None], tuple[object, ...]]


class Hub:
    def __init__(self, recent: Recent, epoch: str, store: Store, timing: Timing) -> None:
        self.recent = recent
        self.epoch = epoch
        self.timing = timing
        self.rooms = Rooms()
        self.stopping = False
        self.progress_at = utcnow()
        self._awake = Event()
        self.wires = Wires(self._awake.set)
        self._inbox: deque[Work] = deque()
        self._jobs: SimpleQueue[Work] = SimpleQueue()
        self._lagging: dict[Client, None] = {}
        self._closing: dict[Client, None] = {}
        self._catch_up = CatchUp(self, store)
        self._ids = 0
        self._open = 0
        self._slot = 0
        self._slot_at = self.wires.now
        self._stopped = Event()
        self._greenlets = [gevent.spawn(self._run), *(gevent.spawn(self._work) for _ in range(STORE_READERS))]

    @property
    def head(self) -> int:
        return self.recent.head

    def __len__(self) -> int:
        return self._open

    # From any greenlet

    def call(self, work: Callable[..., None], *args: object) -> None:
        """Have the hub's greenlet do `work` on its next turn, in the order of the calls."""
        self._inbox.append((work, args))
        self._awake.set()

    def job(self, work: Callable[..., None], *args: object) -> None:
        """Have one of a few other greenlets do `work`, which may wait for the store."""
        self._jobs.put((work, args))

    def adopt(
        self, fd: int, protocol: Protocol, principal: Principal, address: str, welcome: Welcome
    ) -> None:
        """Own the non-blocking socket `fd` from now on; `welcome` says the first words on a later turn."""
        self._ids += 1
        self._open += 1
        self.rooms.by_address[address] += 1
        client = Client(self._ids, fd, protocol, self.rooms.share(principal), address, utcnow())
        self.call(self.attempt, client, self._enter, client, welcome)

    def publish(self, items: list[Item]) -> None:
        self.call(self._publish, items)

    def close_all_of(self, principals: frozenset[Principal], code: int, reason: str) -> None:
        self.call(self._close_all_of, principals, code, reason)

    def stop(self, reason: str, timeout_s: float = 2.0) -> None:
        """Tell every client, close them and end; returns when done."""
        self.stopping = True
        self.call(self._say_goodbye, reason)
        self._stopped.wait(timeout_s)
        gevent.killall(self._greenlets)
        for client in [client for client in self.wires.by_fd if client is not None]:
            self.wires.release(client)
        self.wires.close()

    # From the hub's greenlet

    def position(self, client: Client) -> int:
        return self.head if client.cursor is None else client.cursor

    def send(self, client: Client, data: bytes) -> None:
        """Words outside the feed (answers, pings). A client that asks but does not read is let go."""
        self.wires.send(client, data)
        if client.rest is None:
            return
        self.mark_lagging(client)
        if len(client.rest) > 2 * BACKLOG_BYTES:
            raise Gone

    def mark_lagging(self, client: Client) -> None:
        if client.cursor is None:
            client.cursor = self.head
        self._lagging[client] = None

    def mark_level(self, client: Client) -> None:
        client.cursor = client.replays = None
        self._lagging.pop(client, None)

    def subscribe(self, client: Client, topics: int, since: int | None) -> None:
        """Live from here on; before that what came after `since`, or the latest state without it."""
        new = topics & ~client.topics
        here = self.position(client)
        self.rooms.move(client, client.topics | topics)
        if since is None:
            self.send_snapshot(client, new, here)
            return
        system_until = client.system_from
        client.system_from = min(system_until, since)
        if since < (here if new else system_until):
            self.mark_lagging(client)
            client.replays = [*(client.replays or ()), Replay(new, since, here, system_until)]
            self._catch_up.advance(client)

    def subscribe_after_gap(self, client: Client, topics: int, since: int | None, reason: str) -> None:
        new = topics & ~client.topics
        here = self.position(client)
        self.rooms.move(client, client.topics | topics)
        self.send_gap(client, new, since, here, reason)

    def unsubscribe(self, client: Client, topics: int) -> None:
        topics &= ~SYSTEM
        self.rooms.move(client, client.topics & ~topics)
        for replay in client.replays or ():
            replay.topics &= ~topics

    def send_gap(self, client: Client, topics: int, since: int | None, here: int, reason: str) -> None:
        self.send(client, client.protocol.encode(gap(since, here, reason, utcnow())))
        self.send_snapshot(client, topics, here)

    def send_snapshot(self, client: Client, topics: int, here: int) -> None:
        shown = self.recent.snapshot(topics, here)
        if shown:
            self.send(client, b"".join(encoded.bytes_for(client.protocol) for encoded in shown))

    def in_order(self, client: Client, step: Callable[[], None]) -> None:
        """Do `step` in a greenlet that may wait for the store, after the client's earlier steps."""
        if client.steps is None:
            client.steps = deque([step])
            self.job(self._take_steps, client)
        elif len(client.steps) < MAX_STEPS:
            client.steps.append(step)
        else:
            self.close(client, POLICY, "too many requests at once")

    def close(self, client: Client, code: int, reason: str, last_words: bytes = b"") -> None:
        """Bid farewell; the socket goes when the other side has answered, or after a moment."""
        if client.closing_at is not None:
            return
        self._forget(client)
        client.closing_at = self.wires.now + self.timing.linger_ms
        self.wires.send(client, last_words + client.protocol.farewell(code, reason))
        if client.rest is None and not client.protocol.answers_farewell:
            self.wires.release(client)
        else:
            self._closing[client] = None

    def hang_up(self, client: Client) -> None:
        """Nothing more is to be said or heard."""
        if client.rest is None:
            raise Gone

    # The loop

    def _run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:
                log.exception("the live hub stumbled")

    def _turn(self) -> None:
        self._awake.clear()
        self.wires.now = monotonic_ms()
        self.progress_at = utcnow()
        while self._inbox:
            work, args = self._inbox.popleft()
            work(*args)
        for client, mask in self.wires.events():
            self.attempt(client, self._serve, client, mask)
        self._keep_time()
        self._awake.wait(max(0, self._slot_at - monotonic_ms()) / 1000)
        gevent.sleep(0)

    def attempt(self, client: Client, work: Callable[..., None], *args: object) -> None:
        """Whatever goes wrong with one client ends that one only."""
        if client.fd < 0:
            return
        try:
            work(*args)
        except Gone:
            self._drop(client)
        except Exception:
            log.exception("live client %d is dropped after an error", client.id)
            self._drop(client)

    def _enter(self, client: Client, welcome: Welcome) -> None:
        client.heard_at = self.wires.now
        client.system_from = self.head
        self.wires.add(client)
        self.rooms.enter(client)
        if self.stopping:
            self.close(client, GOING_AWAY, "the server is stopping")
        else:
            welcome(client)

    def _serve(self, client: Client, mask: int) -> None:
        if mask & EPOLLOUT:
            self._writable(client)
        if mask & ~EPOLLOUT and client.fd >= 0:
            self._readable(client)

    def _writable(self, client: Client) -> None:
        if not self.wires.flush(client):
            return
        if client.closing_at is None:
            self._catch_up.advance(client)
        elif not client.protocol.answers_farewell:
            raise Gone

    def _readable(self, client: Client) -> None:
        data = self.wires.read(client)
        client.heard_at = self.wires.now
        if client.closing_at is None:
            client.protocol.received(client, data)
        elif client.protocol.farewell_answered(client, data):
            raise Gone

    def fail(self, client: Client) -> None:
        self.attempt(client, self.close, client, INTERNAL, "the store cannot be read")

    def _work(self) -> None:
        while True:
            work, args = self._jobs.get()
            try:
                work(*args)
            except Exception:
                log.exception("a job of the live hub failed")

    def _take_steps(self, client: Client) -> None:
        """One step, then to the back of the queue: nobody's burst keeps the others waiting."""
        if not client.steps:
            client.steps = None
            return
        step = client.steps[0]
        try:
            step()
        except Exception:
            log.exception("a request of live client %d failed", client.id)
            self.call(self.fail, client)
        if client.steps:
            client.steps.popleft()
        if client.steps:
            self.job(self._take_steps, client)
        else:
            client.steps = None

    # Fan-out

    def _publish(self, items: list[Item]) -> None:
        batch: list[Encoded] = []
        size = 0
        for item in items:
            if item.id <= self.head:
                continue
            batch.append(self.recent.add(item))
            size += len(item.data)
            if size > BATCH_BYTES:
                self._fan_out(batch)
                batch, size = [], 0
        if batch:
            self._fan_out(batch)
        for client in list(self._lagging):
            self.attempt(client, self._catch_up.advance, client)

    def _fan_out(self, batch: list[Encoded]) -> None:
        sends = 0
        for protocol, topics, members in self.rooms:
            data = b"".join(encoded.bytes_for(protocol) for encoded in batch if encoded.bit & topics)
            if not data:
                continue
            for client in members:
                if client.cursor is None and client.fd >= 0:
                    self._send_batch(client, data)
                sends += 1
                if sends % YIELD_EVERY == 0:
                    gevent.sleep(0)

    def _send_batch(self, client: Client, data: bytes) -> None:
        try:
            self.wires.send(client, data)
        except Gone:
            self._drop(client)
            return
        if client.rest is not None:
            self.mark_lagging(client)

    # Time

    def _keep_time(self) -> None:
        now = self.wires.now
        if now < self._slot_at:
            return
        self._slot_at = now + max(1, self.timing.ping_ms // WHEEL_SLOTS)
        self._slot = (self._slot + 1) % WHEEL_SLOTS
        for client in self.wires.every(self._slot, WHEEL_SLOTS):
            if client.closing_at is None and client.rest is None:
                self.attempt(client, self._ping, client)
        for client in [*self._lagging]:
            if client.rest is not None and now - client.moved_at > self.timing.stuck_ms:
                self._drop(client)
        for client in [*self._closing]:
            if client.closing_at is not None and now >= client.closing_at:
                self._drop(client)

    def _ping(self, client: Client) -> None:
        # The last pong came just after a ping, so half a period less makes the third missed one count.
        patience = self.timing.silence_ms - self.timing.ping_ms // 2
        if client.protocol.answers_pings and self.wires.now - client.heard_at > patience:
            raise Gone
        self.send(client, client.protocol.ping())

    # Endings

    def _close_all_of(self, principals: frozenset[Principal], code: int, reason: str) -> None:
        for client in self.rooms.clients():
            if client.principal not in principals:
                continue
            if client.rest is None:
                self.attempt(client, self.close, client, code, reason)
            else:
                self._drop(client)  # what it has not read yet is no longer for its eyes

    def _say_goodbye(self, reason: str) -> None:
        now = utcnow()
        level = shutdown(self.head, reason, now)
        words: dict[Protocol, bytes] = {}
        for client in self.rooms.clients():
            encode = client.protocol.encode
            if client.cursor is None:
                data = words.get(client.protocol) or words.setdefault(client.protocol, encode(level))
            else:
                # Its id is where this client will resume: not past what it has not been sent.
                data = encode(shutdown(_sent_up_to(client), reason, now))
            self.attempt(client, self.close, client, GOING_AWAY, "the server is stopping", data)
        gevent.spawn(self._wait_for_the_last)

    def _wait_for_the_last(self) -> None:
        while self._closing:
            gevent.sleep(0.02)
        self._stopped.set()

    def _drop(self, client: Client) -> None:
        if client.closing_at is None:
            self._forget(client)
        self._closing.pop(client, None)
        if client.fd >= 0:
            self.wires.release(client)

    def _forget(self, client: Client) -> None:
        """It no longer counts and no longer hears anything."""
        self._open -= 1
        self.rooms.leave(client)
        self.rooms.unshare(client.principal)
        self.rooms.by_address[client.address] -= 1
        if not self.rooms.by_address[client.address]:
            del self.rooms.by_address[client.address]
        self._lagging.pop(client, None)


def _sent_up_to(client: Client) -> int:
    positions: Iterable[int] = (replay.position for replay in client.replays or ())
    return min(positions, default=client.cursor or 0)
