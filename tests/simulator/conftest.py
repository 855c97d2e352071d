"""A real HTTP receiver whose answers a test chooses, and waiting on a condition."""

import json
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

CUT = "cut"  # take the request, keep its events, reset the connection without an answer


class Receiver(ThreadingHTTPServer):
    """An ingest: answers from `script` first, then 202. `seen` counts how often each id was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ingest)
        self.script: deque[tuple[Any, dict[str, str]]] = deque()
        self.requests: list[dict[str, Any]] = []
        self.accepted: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Ingest(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ids = [event["id"] for event in body["events"]]
        status, headers = self.server.script.popleft() if self.server.script else (202, {})
        self.server.requests.append(
            {"path": self.path, "headers": dict(self.headers), "events": body["events"],
             "status": status, "at": time.monotonic()}
        )  # fmt: skip
        self.server.seen.update(ids)
        if status == CUT:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if status == 202:
            self.server.accepted.update(ids)
        content = json.dumps({"accepted": len(ids), "rejected": []}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client() -> Iterator[requests.Session]:
    """An HTTP client that no proxy of the environment comes between."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds, for ten seconds at most."""

    def wait(condition: Callable[[], object]) -> None:
        deadline, pause = time.monotonic() + 10, threading.Event()
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            pause.wait(0.01)

    return wait
