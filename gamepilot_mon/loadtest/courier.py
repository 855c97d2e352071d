"""What is sent by HTTP while clients listen: items, storms, reported events, snapshots asked for by streams."""

import http.client
import json
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gamepilot_mon.loadtest.address import Address
from gamepilot_mon.loadtest.histogram import Histogram

TIMEOUT_S = 15.0

Body = Callable[[], Mapping[str, Any]]  # made when it is sent, so that it can say when that was


@dataclass(frozen=True, slots=True)
class Errand:
    name: str  # under which it is counted
    method: str
    path: str
    token: str
    body: Body | None = None
    done: Callable[[Any], None] | None = None  # gets the JSON answer of a success, in the courier's thread


@dataclass(slots=True)
class Tally:
    """How the errands of one name went. Statuses 0 are no answer at all."""

    statuses: Counter[int] = field(default_factory=Counter)
    took: Histogram = field(default_factory=Histogram)

    @property
    def done(self) -> int:
        return sum(count for status, count in self.statuses.items() if 200 <= status < 300)


class Courier:
    """One thread with one connection; what waits longer than it can carry is dropped and counted."""

    def __init__(self, address: Address, waiting_max: int = 2000) -> None:
        self.tallies: dict[str, Tally] = {}
        self.dropped = 0
        self._address = address
        self._waiting: queue.Queue[Errand | None] = queue.Queue(waiting_max)
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def send(self, errand: Errand) -> None:
        try:
            self._waiting.put_nowait(errand)
        except queue.Full:
            self.dropped += 1

    @property
    def idle(self) -> bool:
        return self._waiting.unfinished_tasks == 0

    def close(self) -> None:
        """Leave undone what waits, and end the thread."""
        while not self._waiting.empty():
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        self._waiting.put(None)
        self._thread.join(TIMEOUT_S + 1)

    def _run(self) -> None:
        while (errand := self._waiting.get()) is not None:
            self._carry(errand)
            self._waiting.task_done()
        self._hang_up()

    def _carry(self, errand: Errand) -> None:
        tally = self.tallies.setdefault(errand.name, Tally())
        begun = time.monotonic()
        try:
            status, answer = self._exchange(errand)
        except (OSError, http.client.HTTPException):
            self._hang_up()
            status, answer = 0, b""
        tally.statuses[status] += 1
        tally.took.add((time.monotonic() - begun) * 1000)
        if errand.done is not None and 200 <= status < 300:
            errand.done(json.loads(answer))

    def _exchange(self, errand: Errand) -> tuple[int, bytes]:
        body = None if errand.body is None else json.dumps(errand.body(), separators=(",", ":")).encode()
        headers = {"Authorization": f"Bearer {errand.token}", "Content-Type": "application/json"}
        connection = self._connected()
        connection.request(errand.method, errand.path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.will_close:
            self._hang_up()
        return response.status, answer

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self._address.ip, self._address.port, timeout=TIMEOUT_S
            )
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
