"""A lean sender in a process of its own: prebuilt bodies over kept connections, by epoll.

`python -m bench.ingest_client HOST PORT TOKEN BODIES CONNECTIONS lean|keyed|timed`; prints one JSON object.
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


def run(address: tuple[str, int], requests: list[bytes], count: int, connections: int) -> dict[str, object]:
    selector = selectors.DefaultSelector()
    took: list[float] = []
    statuses: dict[str, int] = {}
    sent = 0
    for _ in range(min(connections, count)):
        link = socket.create_connection(address)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(link, selectors.EVENT_READ, (b"", time.perf_counter()))
        link.sendall(requests[sent % len(requests)])
        sent += 1
    began = time.perf_counter()
    while len(took) < count:
        for key, _ in selector.select(30):
            link = key.fileobj  # type: ignore[assignment]
            received, began_at = key.data
            received += (part := link.recv(65_536))
            if part and not received.endswith(b'"}'):  # the head comes apart from the body
                selector.modify(link, selectors.EVENT_READ, (received, began_at))
                continue
            status = received[9:12].decode() or "closed"
            statuses[status] = statuses.get(status, 0) + 1
            now = time.perf_counter()
            took.append((now - began_at) * 1e3)
            if status == "closed" or sent >= count:
                selector.unregister(link)
                continue
            selector.modify(link, selectors.EVENT_READ, (b"", now))
            link.sendall(requests[sent % len(requests)])
            sent += 1
    seconds = time.perf_counter() - began
    took.sort()
    return {
        "seconds": seconds, "events": statuses.get("202", 0) * PER_BODY, "statuses": statuses,
        "p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)], "cpu": time.process_time(),
    }  # fmt: skip


def main(host: str, port: str, token: str, count: str, connections: str, shape: str) -> None:
    made = [request(data, token) for data in bodies(int(count), shape)]
    before = time.process_time()
    found = run((host, int(port)), made, int(count), int(connections))
    found["cpu"] = time.process_time() - before
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
