"""All clients on one epoll: connect, read, answer, break, come back."""

import errno
import heapq
import random
import select
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from gamepilot_mon.loadtest.client import Client, State
from gamepilot_mon.loadtest.dialogues import (
    Answered,
    Ended,
    Heard,
    Ready,
    Refused,
    Settled,
    Unreadable,
    Visit,
    transports,
)  # fmt: skip
from gamepilot_mon.loadtest.histogram import Histogram
from gamepilot_mon.loadtest.items import Item, Reader
from gamepilot_mon.loadtest.ledger import Log
from gamepilot_mon.loadtest.plan import Plan

OPENING_MAX = 100  # below the backlog of any listener
OPENING_S = 15.0
READ_BYTES = 262_144
STUCK_BUFFER = 4096
BACK_S = (0.2, 1.5)  # a client comes back after a random time between these, doubled a failed attempt
BACK_LONGEST_S = 8.0
FINAL = {400, 401, 403, 404, 429, 501}


@dataclass(slots=True)
class Seen:
    """What one stage saw, by transport where that matters."""

    latency: dict[str, Histogram] = field(default_factory=dict)
    storm: dict[str, Histogram] = field(default_factory=dict)
    connect: dict[str, Histogram] = field(default_factory=dict)
    received: Counter[str] = field(default_factory=Counter)
    numbers: set[int] = field(default_factory=set)  # of the published items that anybody had
    cuts: int = 0  # made by this program
    ended: int = 0  # by the server
    returned: int = 0
    answered: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def timed(self, into: dict[str, Histogram], transport: str, ms: float) -> None:
        into.setdefault(transport, Histogram()).add(ms)


class Crowd:
    def __init__(self, plan: Plan, run: str) -> None:
        self.clients: list[Client] = []
        self.log = Log()
        self.seen = Seen()
        self.opening = 0
        self._plan = plan
        self._run = run.encode()
        self._reader = Reader()
        self._dialogues = transports()
        self._epoll = select.epoll()
        self._by_fd: dict[int, Client] = {}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._turn = 0
        self._random = random.Random(plan.seed)
        self.newest = 0  # the newest id that anybody knows

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do it when the monotonic clock says `when`."""
        self._turn += 1
        heapq.heappush(self._due, (when, self._turn, action))

    def count(self, *states: State) -> int:
        return sum(1 for client in self.clients if client.state in states)

    def step(self, longest_s: float = 0.1) -> None:
        """Wait for what comes first, and handle all that is there."""
        now = time.monotonic()
        wait = min(longest_s, max(self._due[0][0] - now, 0.0)) if self._due else longest_s
        for fd, events in self._epoll.poll(wait):
            client = self._by_fd.get(fd)
            if client is not None:
                self._handle(client, events)
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2]()

    def open(self, client: Client) -> None:
        if self.opening >= OPENING_MAX:
            self.at(time.monotonic() + 0.02, lambda: self.open(client))
            return
        if client.state is not State.AWAY:
            return
        client.attempts += 1
        client.opened_at = opened_at = time.monotonic()
        try:
            self._connect(client)
        except OSError as error:
            self._lose(client, errno.errorcode.get(error.errno or 0, "failed"))
            return
        self.at(opened_at + OPENING_S, lambda: self._give_up(client, opened_at))

    def cut(self, client: Client) -> None:
        """Break its connection as a network does: without a word."""
        if client.state is State.LIVE:
            self.seen.cuts += 1
            self._drop(client)
            self._come_back(client)

    def get_stuck(self, client: Client) -> None:
        if client.state is State.LIVE and client.socket is not None:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STUCK_BUFFER)
            client.late, client.state = True, State.STUCK
            self._epoll.modify(client.socket.fileno(), 0)

    def get_going(self, client: Client) -> None:
        if client.state is State.STUCK and client.socket is not None:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READ_BYTES)
            client.state = State.LIVE
            self._epoll.modify(client.socket.fileno(), select.EPOLLIN)

    def ask(self, client: Client, what: str) -> bool:
        """Whether the transport can ask; else HTTP must."""
        question = b"" if client.dialogue is None else client.dialogue.ask(what)
        if question and client.state is State.LIVE:
            self._send(client, question)
        return bool(question)

    def close(self) -> None:
        for client in self.clients:
            self._drop(client)
        self._epoll.close()

    def _connect(self, client: Client) -> None:
        address = self._plan.address
        connection = socket.socket(address.family)
        connection.setblocking(False)
        client.socket, client.state = connection, State.OPENING
        self.opening += 1
        fd = connection.fileno()
        self._by_fd[fd] = client
        self._epoll.register(fd, select.EPOLLOUT)
        since = None if client.account.begun is None else client.account.position
        visit = Visit(address.authority, self._plan.token, client.kind.topics, since, self.newest)
        client.dialogue = self._dialogues[client.transport](visit, self._reader)
        client.unsent = client.dialogue.opening()
        code = connection.connect_ex((address.ip, address.port))
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, "connect")

    def _handle(self, client: Client, events: int) -> None:
        try:
            if client.unsent and events & select.EPOLLOUT:
                self._send(client, b"")
            if client.socket is not None and events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._read(client)
        except Unreadable as error:
            self._lose(client, str(error))
        except OSError as error:
            self._lose(client, errno.errorcode.get(error.errno or 0, "failed"))

    def _send(self, client: Client, data: bytes) -> None:
        connection = client.socket
        assert connection is not None  # it is in the epoll
        client.unsent += data
        try:
            client.unsent = client.unsent[connection.send(client.unsent) :]
        except BlockingIOError:
            pass
        except OSError as error:
            self._lose(client, errno.errorcode.get(error.errno or 0, "failed"))
            return
        writing = select.EPOLLOUT if client.unsent else 0
        self._epoll.modify(connection.fileno(), select.EPOLLIN | writing)

    def _read(self, client: Client) -> None:
        connection, dialogue = client.socket, client.dialogue
        assert connection is not None and dialogue is not None
        data = connection.recv(READ_BYTES)
        if not data:
            self._lose(client, "ended")
            return
        for what in dialogue.receive(data):
            if client.socket is None:
                return  # it ended, and what came behind the end counts for nothing
            self._hear(client, what)
        replies = dialogue.replies()
        if replies and client.socket is not None:
            self._send(client, replies)

    def _hear(self, client: Client, what: Heard) -> None:
        match what:
            case Item():
                self._take(client, what)
            case Ready(position, head, settled):
                self._begin(client, position, head, settled)
            case Settled():
                client.account.settled()
            case Answered():
                self.seen.answered += 1
            case Refused(status):
                self._refuse(client, status)
            case Ended():
                self._lose(client, "ended")

    def _take(self, client: Client, item: Item) -> None:
        if not client.account.take(item):
            return
        assert item.topic is not None  # what the account takes is of the log
        self.log.add(item.id, item.topic)
        self.newest = max(self.newest, item.id)
        self.seen.received[client.transport] += 1
        if item.run != self._run:
            return
        self.seen.numbers.add(item.number)
        # What was published before the connection stood measures the absence, not the server.
        if not client.late and item.sent >= client.ready_at:
            times = self.seen.storm if item.storm else self.seen.latency
            self.seen.timed(times, client.transport, (time.monotonic() - item.sent) * 1000)

    def _begin(self, client: Client, position: int, head: int, settled: bool) -> None:
        client.ready_at = time.monotonic()
        self.opening -= 1
        if client.account.begun is not None:
            self.seen.returned += 1
        client.state, client.attempts = State.LIVE, 0
        client.account.connected(position, head, settled=settled)
        self.newest = max(self.newest, head)
        took_ms = (client.ready_at - client.opened_at) * 1000
        self.seen.timed(self.seen.connect, client.transport, took_ms)

    def _refuse(self, client: Client, status: int) -> None:
        self.seen.refused[status] += 1
        self._drop(client)
        if status in FINAL:
            client.state = State.REFUSED
        else:
            self._come_back(client)

    def _lose(self, client: Client, why: str) -> None:
        if client.state in (State.LIVE, State.STUCK):
            self.seen.ended += 1
        else:
            self.seen.failed[why] += 1
        self._drop(client)
        self._come_back(client)

    def _give_up(self, client: Client, opened_at: float) -> None:
        if client.state is State.OPENING and client.opened_at == opened_at:
            self._lose(client, "no answer")

    def _drop(self, client: Client) -> None:
        if client.state is State.OPENING:
            self.opening -= 1
        if client.socket is not None:
            self._by_fd.pop(client.socket.fileno(), None)
            client.socket.close()  # which takes it out of the epoll as well
        client.socket = client.dialogue = None
        client.unsent = b""
        if client.state is not State.REFUSED:
            client.state, client.late = State.AWAY, False

    def _come_back(self, client: Client) -> None:
        wait = min(self._random.uniform(*BACK_S) * 2 ** max(client.attempts - 1, 0), BACK_LONGEST_S)
        self.at(time.monotonic() + wait, lambda: self.open(client))
