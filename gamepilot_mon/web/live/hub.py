"""The hub: one greenlet that serves every live client.

Only it changes a client, so that a batch meets every client as it was; others hand it work by `call`.
"""

import logging
import sys
from collections import deque
from collections.abc import Callable

import gevent
from gevent.event import Event

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import SECOND_MS, utcnow
from gamepilot_mon.feed import Item
from gamepilot_mon.web.live import endings, supervised
from gamepilot_mon.web.live.catch_up import CatchUp
from gamepilot_mon.web.live.client import SYSTEM, Client, Protocol, bounded
from gamepilot_mon.web.live.frames import GOING_AWAY, INTERNAL, POLICY
from gamepilot_mon.web.live.numbers import Numbers
from gamepilot_mon.web.live.recent import Encoded, Recent
from gamepilot_mon.web.live.rooms import Rooms
from gamepilot_mon.web.live.rounds import Rounds
from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.subscriptions import Subscriptions
from gamepilot_mon.web.live.timing import Timing
from gamepilot_mon.web.live.wires import EPOLLOUT, Gone, Wires, monotonic_ms
from gamepilot_mon.web.live.workers import Work, Workers

log = logging.getLogger(__name__)

BATCH_BYTES = 128 * 1024
BACKLOG_BYTES = 256 * 1024
YIELD_EVERY = 500  # sends; about 5 ms

Welcome = Callable[[Client], None]


class Hub:
    def __init__(self, recent: Recent, epoch: str, store: Store, timing: Timing) -> None:
        self.recent = recent
        self.epoch = epoch
        self.timing = timing
        self.rooms = Rooms()
        self.numbers = Numbers()
        self.stopping = False
        self.progress_at = utcnow()
        self._awake = Event()
        self.wires = Wires(self._awake.set)
        self._inbox: deque[Work] = deque()
        self.lagging: dict[Client, None] = {}
        self.closing: dict[Client, None] = {}
        self.catch_up = CatchUp(self, store)
        self.subscriptions = Subscriptions(self, store)
        self._ids = 0
        self._open = 0
        self._rounds = Rounds(self)
        self._stopped = Event()
        self._workers = Workers(lambda client: self.call(self.fail, client))
        self._greenlets = [supervised.spawn("the live hub", self._run), *self._workers.greenlets]

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
        self._workers.do(work, *args)

    def adopt(
        self, fd: int, protocol: Protocol, principal: Principal, address: str, welcome: Welcome
    ) -> Client:
        """Own the non-blocking socket `fd` from now on; `welcome` says the first words on a later turn."""
        self._ids += 1
        self._open += 1
        self.numbers.opened += 1
        self.rooms.by_address[address] += 1
        client = Client(self._ids, fd, protocol, self.rooms.share(principal), sys.intern(address), utcnow())
        self.call(self._attempt, client, self._enter, client, welcome)
        return client

    def publish(self, items: list[Item]) -> None:
        self.call(self._publish, items)

    def close_all_of(self, principals: frozenset[Principal], code: int, reason: str) -> None:
        self.call(endings.close_all_of, self, principals, code, reason)

    def stop(self, reason: str, timeout_s: float = 2.0) -> None:
        """Tell every client, close them and end; returns when done, also for a second caller."""
        if self.stopping:
            self._stopped.wait(timeout_s)
            return
        self.stopping = True
        told = Event()
        self.call(endings.say_goodbye, self, reason)
        self.call(told.set)
        with gevent.Timeout(timeout_s, False):  # type: ignore[arg-type]
            told.wait()
            endings.wait_for_the_last(self)
        gevent.killall(self._greenlets)
        for client in [client for client in self.wires.by_fd if client is not None]:
            self.wires.release(client)
        self.wires.close()
        self._stopped.set()

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

    def introduce(self, client: Client, principal: Principal, protocol: Protocol) -> None:
        """From now on it is this one's, and hears what is new in the way of `protocol`."""
        self.rooms.leave(client)
        self.rooms.unshare(client.principal)
        client.principal, client.protocol = self.rooms.share(principal), protocol
        client.heard_after = bounded(client.heard_after, SYSTEM, self.head)
        self.rooms.enter(client)
        self.subscriptions.hold(client)

    def replace_socket(self, client: Client, other: Client, protocol: Protocol, data: bytes) -> None:
        """`client` goes on over the socket of `other`, which is no more; `data` is what it is still owed."""
        self._forget(other)
        self.wires.exchange(client, other)
        self.rooms.leave(client)
        client.protocol = protocol
        self.rooms.enter(client)
        self.send(client, data)
        if client in self.lagging:
            self.catch_up.advance(client)

    def mark_lagging(self, client: Client) -> None:
        if client.cursor is None:
            client.cursor = self.head
        self.lagging[client] = None

    def mark_level(self, client: Client) -> None:
        client.cursor = client.replays = None
        self.lagging.pop(client, None)

    def in_order(self, client: Client, step: Callable[[], None]) -> None:
        """Do `step` in a greenlet that may wait for the store, after the client's earlier steps."""
        if not self._workers.do_in_order(client, step):
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
            self.closing[client] = None

    def hang_up(self, client: Client) -> None:
        """Nothing more is to be said or heard."""
        if client.rest is None:
            raise Gone

    # The loop

    def _run(self) -> None:
        while True:
            self._turn()

    def _turn(self) -> None:
        self._awake.clear()
        self.wires.now = monotonic_ms()
        self.progress_at = utcnow()
        while self._inbox:
            work, args = self._inbox.popleft()
            work(*args)
        self.serve_sockets()
        self._rounds.go()
        self._awake.wait(self._rounds.wait_s())
        gevent.sleep(0)

    def serve_sockets(self) -> None:
        """Hear what has arrived, and go on with what could not be sent."""
        for client, mask in self.wires.events():
            self._attempt(client, self._serve, client, mask)

    def attempt(self, client: Client, work: Callable[..., None], *args: object) -> None:
        """Do `work` for a client that is still open; whatever goes wrong ends this client only."""
        if client.closing_at is None:
            self._attempt(client, work, *args)

    def _attempt(self, client: Client, work: Callable[..., None], *args: object) -> None:
        if client.fd < 0:
            return
        try:
            work(*args)
        except Gone:
            self.drop(client)
        except Exception:
            log.exception("live client %d is dropped after an error", client.id)
            self.drop(client)

    def _enter(self, client: Client, welcome: Welcome) -> None:
        client.heard_at = self.wires.now
        client.heard_after = bounded(client.heard_after, SYSTEM, self.head)
        self.wires.add(client)
        self.rooms.enter(client)
        if self.stopping:
            self.close(client, GOING_AWAY, endings.STOPPING)
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
            self.catch_up.advance(client)
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
        for client in list(self.lagging):
            self.attempt(client, self.catch_up.advance, client)

    def _fan_out(self, batch: list[Encoded]) -> None:
        for protocol, topics, members in self.rooms:
            parts = [encoded.bytes_for(protocol) for encoded in batch if encoded.bit & topics]
            data = b"".join(parts)
            if not data:
                continue
            for start in range(0, len(members), YIELD_EVERY):
                some = members[start : start + YIELD_EVERY]
                self._send_to_all(some, data)
                self.numbers.sent += len(some) * len(parts)
                gevent.sleep(0)
        now = utcnow()
        for encoded in batch:
            self.numbers.delays.observe(max(0, now - encoded.item.at) / SECOND_MS)

    def _send_to_all(self, members: list[Client], data: bytes) -> None:
        gone, slow = self.wires.send_to_all(members, data)
        for client in gone:
            self.drop(client)
        for client in slow:
            self.mark_lagging(client)

    # Endings

    def drop(self, client: Client) -> None:
        if client.closing_at is None:
            self._forget(client)
        self.closing.pop(client, None)
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
        self.lagging.pop(client, None)
