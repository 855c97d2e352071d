"""A lean sender in a process of its own: prebuilt bodies over kept connections, by epoll.

`python -m bench.ingest_client HOST PORT TOKEN BODIES CONNECTIONS lean|keyed|timed [EVENTS_A_SECOND]`; prints one
JSON object.
"""

import json
import selectors
import socket
import sys
import time
import uuid

PER_BODY = 100
DISTINCT = 200  # lean bodies; those with ids are all distinct
MOODS = ("social", "creative", "low-energy", "immersive")


def event(number: int, shape: str) -> dict[str, object]:
    made: dict[str, object] = {
        "kind": "operation", "operation": f"op-{number % 20}", "duration_ms": number * 7 % 900 + 0.25,
        "success": number % 100 != 0,
    }  # fmt: skip
    if shape == "lean":
        return made
    # As our own clients make them, an id begins with the time.
    first = f"{1_795_521_600_000 + number // 100:012x}" if shape == "timed" else ""
    return made | {"id": first + uuid.uuid4().hex[len(first) :], "user_id": number % 1_000}


def body(number: int, shape: str) -> bytes:
    """`lean`: neither id nor user; `keyed`: random ids; `timed`: ids in the order of time."""
    events = [event(number * PER_BODY + index, shape) for index in range(PER_BODY)]
    return json.dumps({"events": events}, separators=(",", ":")).encode()


def bodies(count: int, shape: str) -> list[bytes]:
    return [body(number, shape) for number in range(min(count, DISTINCT) if shape == "lean" else count)]


def request(data: bytes, token: str) -> bytes:
    head = (
        "POST /api/v1/events HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


class Sender:
    """Requests over kept connections; at `pace` events a second, or as fast as they are answered (0)."""

    def __init__(self, requests: list[bytes], count: int, pace: float) -> None:
        self._requests, self._count, self._pace = requests, count, pace
        self._selector = selectors.DefaultSelector()
        self._idle: list[socket.socket] = []
        self._sent = 0
        self.took: list[float] = []
        self.statuses: dict[str, int] = {}

    def run(self, address: tuple[str, int], connections: int) -> None:
        for _ in range(min(connections, self._count)):
            link = socket.create_connection(address)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._idle.append(link)
        self._began = time.perf_counter()
        while len(self.took) < self._count:
            self._send_due()
            for key, _ in self._selector.select(self._until_due()):
                self._receive(key)

    def _due(self) -> float:
        return self._began + self._sent * PER_BODY / self._pace if self._pace else self._began

    def _until_due(self) -> float:
        may = self._idle and self._sent < self._count
        return max(0.0, self._due() - time.perf_counter()) if may else 30

    def _send_due(self) -> None:
        while self._idle and self._sent < self._count and time.perf_counter() >= self._due():
            link = self._idle.pop()
            self._selector.register(link, selectors.EVENT_READ, (b"", time.perf_counter()))
            link.sendall(self._requests[self._sent % len(self._requests)])
            self._sent += 1

    def _receive(self, key: selectors.SelectorKey) -> None:
        link: socket.socket = key.fileobj  # type: ignore[assignment]
        received, began_at = key.data
        received += (part := link.recv(65_536))
        if part and not received.endswith(b'"}'):  # the head comes apart from the body
            self._selector.modify(link, selectors.EVENT_READ, (received, began_at))
            return
        status = received[9:12].decode() or "closed"
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.took.append((time.perf_counter() - began_at) * 1e3)
        self._selector.unregister(link)
        if status != "closed":
            self._idle.append(link)


def run(
    address: tuple[str, int], requests: list[bytes], count: int, connections: int, pace: float
) -> dict[str, object]:
    sender = Sender(requests, count, pace)
    began = time.perf_counter()
    sender.run(address, connections)
    seconds = time.perf_counter() - began
    took = sorted(sender.took)
    return {
        "seconds": seconds, "events": sender.statuses.get("202", 0) * PER_BODY, "statuses": sender.statuses,
        "p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)],
    }  # fmt: skip


def main(host: str, port: str, token: str, count: str, connections: str, shape: str, pace: str = "0") -> None:
    made = [request(data, token) for data in bodies(int(count), shape)]
    before = time.process_time()
    found = run((host, int(port)), made, int(count), int(connections), float(pace))
    found["cpu"] = time.process_time() - before
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
