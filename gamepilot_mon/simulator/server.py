"""The HTTP API of the simulated GamePilot: /health, and /control for whoever directs the simulation.

In an outage /health answers 503, hangs, or resets the connection; /control always answers, to this machine.
"""

import ipaddress
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from gamepilot_mon.simulator.scenarios import SCENARIOS, Reach, UnknownScenario
from gamepilot_mon.simulator.stage import Stage

CONTROL_LIMIT_BYTES = 4_096
HANG_LIMIT_S = 60.0
HANG_STEP_S = 0.1
IDLE_LIMIT_S = 30.0


class GamePilotServer(ThreadingHTTPServer):
    """Serves in a thread of its own from `start()` to `close()`.

    `elapsed` gives the milliseconds since the run began.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], stage: Stage, elapsed: Callable[[], int]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)
        self.stage = stage
        self.elapsed = elapsed
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="gamepilot", daemon=True)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name, which can take seconds and is not used."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left in the middle is no news; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: GamePilotServer
    protocol_version = "HTTP/1.1"
    server_version = "GamePilot"
    sys_version = ""
    timeout = IDLE_LIMIT_S

    def do_GET(self) -> None:
        if self.path == "/control":
            self._control(lambda: self._answer(HTTPStatus.OK, self._playing()))
            return
        phase = self.server.stage.phase(self.server.elapsed())
        REACHES[phase.reach](self)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        if self.path == "/control":
            self._control(self._switch)
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is only /health"})

    def _control(self, act: Callable[[], None]) -> None:
        if ipaddress.ip_address(self.client_address[0].split("%")[0]).is_loopback:
            act()
        else:
            self._answer(HTTPStatus.FORBIDDEN, {"error": "/control is for this machine only"})

    def _switch(self) -> None:
        # A page in a browser cannot send this type to another site without asking first.
        if self.headers.get_content_type() != "application/json":
            self._answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": "send application/json"})
            return
        try:
            self.server.stage.switch(self._scenario(), self.server.elapsed())
        except UnknownScenario as unknown:
            self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(unknown), "scenarios": [*SCENARIOS]})
        except (ValueError, RecursionError) as malformed:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(malformed)})
        else:
            self._answer(HTTPStatus.OK, self._playing())

    def _scenario(self) -> str:
        """The name in the body. Raises ValueError when the body has another shape."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > CONTROL_LIMIT_BYTES:
            raise ValueError(f"send a body of at most {CONTROL_LIMIT_BYTES} bytes with its Content-Length")
        body = json.loads(self.rfile.read(int(length)))
        name = body.get("scenario") if isinstance(body, dict) else None
        if not isinstance(name, str):
            raise ValueError('send {"scenario": "name"}')
        return name

    def _playing(self) -> dict[str, Any]:
        stage = self.server.stage
        return {"scenario": stage.scenario.name, "phase": stage.phase(self.server.elapsed()).name}

    def _up(self) -> None:
        if self.path.split("?")[0] == "/health":
            self._answer(HTTPStatus.OK, self._health("ok", "connected"))
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "there is only /health"})

    def _unavailable(self) -> None:
        self._answer(HTTPStatus.SERVICE_UNAVAILABLE, self._health("unavailable", "disconnected"))

    def _hang(self) -> None:
        """Say nothing while the phase lasts, then leave without an answer."""
        for _ in range(round(HANG_LIMIT_S / HANG_STEP_S)):
            hanging = self.server.stage.phase(self.server.elapsed()).reach is Reach.HANGING
            if not hanging or self.server.closing.wait(HANG_STEP_S):
                break
        self._cut()

    def _cut(self) -> None:
        # Lingering for 0 s makes the close a reset, as of a process that died.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _health(self, status: str, database: str) -> dict[str, Any]:
        return {"status": status, "uptime": self.server.elapsed() / 1000, "database": database}

    def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        if status >= 400:
            self.close_connection = True  # a body that was not read would be taken for the next request
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Checks come every few seconds for ever; they are not logged."""


REACHES: dict[Reach, Callable[[_Handler], None]] = {
    Reach.UP: _Handler._up,
    Reach.UNAVAILABLE: _Handler._unavailable,
    Reach.HANGING: _Handler._hang,
    Reach.CUT: _Handler._cut,
}
