"""A stand-in for Slack's incoming webhooks, with faults on order."""

import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from gamepilot_mon import clock
from gamepilot_mon.catchers.inbox import Inbox

WEBHOOK_PATH = "/services/T00000000/B00000000/caught-by-gamepilot"
BODY_MAX = 1 << 20

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class SlackPost:
    path: str
    headers: dict[str, str]
    """names in lower case"""
    payload: dict[str, Any]
    received_at: int


class Fault(Protocol):
    """How one request is answered instead of `200 ok`."""

    @property
    def accepted(self) -> bool:
        """The message counts as taken all the same."""

    def answer(self, handler: "_Handler") -> None: ...


@dataclass(frozen=True, slots=True)
class Status:
    """An error answer, such as 500 or `Status(404, "no_service")`."""

    code: int
    body: str = "error"
    headers: tuple[tuple[str, str], ...] = ()
    accepted: bool = False

    def answer(self, handler: "_Handler") -> None:
        handler.reply(self.code, self.body, self.headers)


def rate_limited(retry_after: str = "1") -> Status:
    return Status(429, "rate_limited", (("Retry-After", retry_after),))


@dataclass(frozen=True, slots=True)
class Hang:
    """Reads the message and never answers."""

    accepted: bool = True

    def answer(self, handler: "_Handler") -> None:
        handler.server.stopping.wait()


@dataclass(frozen=True, slots=True)
class Reset:
    """Reads the message and resets the connection."""

    accepted: bool = True

    def answer(self, handler: "_Handler") -> None:
        linger_not = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        handler.hang_up()


@dataclass(frozen=True, slots=True)
class CutAnswer:
    """Says 200, or another code, and hangs up before the promised body."""

    code: int = 200
    accepted: bool = True

    def answer(self, handler: "_Handler") -> None:
        handler.wfile.write(f"HTTP/1.1 {self.code} X\r\nContent-Length: 2\r\n\r\n".encode())
        handler.hang_up()


@dataclass(frozen=True, slots=True)
class Drip:
    """Answers a byte at a time, for ever; `headers_too` drips the status line as well."""

    every_ms: int = 50
    headers_too: bool = False
    accepted: bool = True

    def answer(self, handler: "_Handler") -> None:
        if not self.headers_too:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        piece = b"H" if self.headers_too else b"o"
        while not handler.server.stopping.wait(self.every_ms / 1000):
            handler.wfile.write(piece)


class SlackCatcher:
    """`with SlackCatcher() as slack:` listens at `slack.url`. `messages` are the posts that were taken,
    `attempts` all of them. Faults given to `fail_next` are used up one a request."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_message: Callable[[SlackPost], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.inbox: Inbox[SlackPost] = Inbox(on_message)
        self.tried: Inbox[SlackPost] = Inbox()
        self.faults: deque[Fault] = deque()
        self._address = (host, port)
        self._tls = tls
        self._server: _Server | None = None

    @property
    def messages(self) -> list[SlackPost]:
        return self.inbox.messages

    @property
    def attempts(self) -> list[SlackPost]:
        return self.tried.messages

    @property
    def port(self) -> int:
        return int(self._running().server_address[1])

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._address[0]}:{self.port}{WEBHOOK_PATH}"

    def fail_next(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def wait_for(self, predicate: Callable[[list[SlackPost]], Answer], timeout: float = 5.0) -> Answer:
        return self.inbox.wait_for(predicate, timeout)

    def start(self) -> Self:
        self._server = _Server(self, self._address, self._tls)
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="slack-catcher", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        server, self._server = self._running(), None
        server.stopping.set()
        server.shutdown()
        server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> "_Server":
        if self._server is None:
            raise RuntimeError("the Slack catcher is not running")
        return self._server


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, catcher: SlackCatcher, address: tuple[str, int], tls: ssl.SSLContext | None) -> None:
        self.catcher = catcher
        self.tls = tls
        self.stopping = threading.Event()
        super().__init__(address, _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake happens in the connection's own thread: a silent client holds up nobody else."""
        if self.tls is not None:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        if self.tls is not None:
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or distrusts the certificate is the client's affair; nothing is printed."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30

    def do_POST(self) -> None:
        post = self._read()
        if post is None:
            self.reply(400, "invalid_payload")
            return
        catcher = self.server.catcher
        fault: Fault = catcher.faults.popleft() if catcher.faults else Status(200, "ok", accepted=True)
        catcher.tried.add(post)
        if fault.accepted:
            catcher.inbox.add(post)
        fault.answer(self)

    def reply(self, code: int, body: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        content = body.encode()
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        """Closes for real: the handler's files hold the descriptor open after a mere close()."""
        self.close_connection = True
        self.rfile.close()
        self.wfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed; `on_message` tells."""

    def _read(self) -> SlackPost | None:
        try:
            length = int(self.headers.get("Content-Length", ""))
            payload = json.loads(self.rfile.read(length)) if 0 <= length <= BODY_MAX else None
        except ValueError:
            return None
        if not isinstance(payload, dict):
            return None
        headers = {name.lower(): value for name, value in self.headers.items()}
        return SlackPost(self.path, headers, payload, clock.utcnow())
