"""Well-behaved clients, one of each transport, that go on hearing the feed whatever others do to the server."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import websocket

from tests.web.live.raw import DEADLINE_S
from tests.web.live.server import Server, wait_until

EVERY_S = 0.05


class Bystander:
    """Reads in a thread of its own; subclasses yield the data of each item."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.heard: dict[int, float] = {}  # number of the item -> seconds from writing to reading it
        self.order: list[int] = []
        self._connect()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for data in self._items():
            if "sent" in data:
                self.heard[data["n"]] = time.monotonic() - data["sent"]
                self.order.append(data["n"])
            if data.get("last"):
                break

    def join(self) -> None:
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), f"{type(self).__name__} did not hear the last item"


class ByWebSocket(Bystander):
    def _connect(self) -> None:
        self._client = self.server.websocket().subscribe("alerts").settle()

    def _items(self) -> Iterator[dict]:
        while True:
            yield self._client.receive().get("data", {})


class ByStream(Bystander):
    def _connect(self) -> None:
        self._stream = self.server.stream("?topics=alerts")

    def _items(self) -> Iterator[dict]:
        while True:
            yield json.loads(self._stream.event()["data"])


class BySocketIo(Bystander):
    def _connect(self) -> None:
        self._client = websocket.create_connection(
            f"ws://127.0.0.1:{self.server.port}/socket.io/?EIO=4&transport=websocket",
            suppress_origin=True,
            timeout=DEADLINE_S,
        )
        self._client.send("40" + json.dumps({"token": self.server.token}))
        while not self._client.recv().startswith("40"):
            pass
        self._client.send('420["subscribe:alerts"]')
        while not self._client.recv().startswith("430"):
            pass

    def _items(self) -> Iterator[dict]:
        while True:
            packet = self._client.recv()
            if packet == "2":
                self._client.send("3")
            if packet.startswith("42"):
                yield json.loads(packet[2:])[1]

    def join(self) -> None:
        super().join()
        self._client.shutdown()


class ByPolling(Bystander):
    def _connect(self) -> None:
        self._session = requests.Session()
        self._url = f"{self.server.base}/socket.io/?EIO=4&transport=polling"
        self._url += "&sid=" + json.loads(self._get()[1:])["sid"]
        self._post("40" + json.dumps({"token": self.server.token}))
        while not self._get().startswith("40"):
            pass
        self._post('42["subscribe:alerts"]')

    def _get(self) -> str:
        return self._session.get(self._url, timeout=DEADLINE_S).text

    def _post(self, packets: str) -> None:
        assert self._session.post(self._url, packets, timeout=DEADLINE_S).text == "ok"

    def _items(self) -> Iterator[dict]:
        while True:
            for packet in self._get().split("\x1e"):
                if packet == "2":
                    self._post("3")
                if packet.startswith("42"):
                    yield json.loads(packet[2:])[1]

    def join(self) -> None:
        super().join()
        self._session.close()


class Bystanders:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._all = [kind(server) for kind in (ByWebSocket, ByStream, BySocketIo, ByPolling)]
        self._ending = threading.Event()
        self.number = 0  # of the newest item
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def _write(self) -> None:
        while not self._ending.wait(EVERY_S):
            self._append()
        self._append(last=True)

    def _append(self, last: bool = False) -> None:
        sent = time.monotonic()
        self._server.append("alert:new", {"n": self.number + 1, "sent": sent, "last": last})
        self.number += 1

    def slowest_since(self, number: int) -> float:
        """The longest, in seconds, that anybody waited for an item after `number`."""
        wait_until(lambda: self.number > number + 2)
        newest = self.number
        wait_until(lambda: all(one.order[-1:] >= [newest] for one in self._all))
        return max(one.heard.get(n, DEADLINE_S) for one in self._all for n in range(number + 1, newest + 1))

    def end(self) -> None:
        """Everybody has had every item once, in order."""
        self._ending.set()
        self._writer.join()
        for one in self._all:
            one.join()
            assert one.order == list(range(1, self.number + 1)), type(one).__name__


@contextmanager
def bystanders(server: Server) -> Iterator[Bystanders]:
    present = Bystanders(server)
    wait_until(lambda: present.number)
    yield present
    present.end()
