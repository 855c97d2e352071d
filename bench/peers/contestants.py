"""Each server of the comparison: how it is started, how its clients talk, how an item is published."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.peers import tools
from bench.peers.crowd import Stuck, Talk
from bench.product import free_port
from tests.web.live.raw import frame
from tests.web.live.server import Server

SERVER_CORE, CLIENT_CORE = 0, 1
START_S = 20.0
DEFLATE = (
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"
)
FOLDER = Path(__file__).parents[2]
NO_PINGS = {"ping_ms": 600_000, "silence_ms": 1_200_000}  # as for the others: so that idle is idle
_DRAW = random.Random(1)
TEXT = "; ".join(
    f"{_DRAW.choice(('select_mood', 'recommend', 'login', 'payment'))} {_DRAW.uniform(5, 900):.1f} ms"
    for _ in range(46)
)[:850]


@dataclass(frozen=True, slots=True)
class Running:
    port: int
    talk: Talk
    pid: int
    publish: Callable[[str], None]  # an item that ends in this mark
    publish_together: Callable[[list[str]], None] | None = None  # several in one commit

    def processes(self) -> list[psutil.Process]:
        root = psutil.Process(self.pid)
        return [root, *root.children(recursive=True)]

    def rss(self) -> int:
        return sum(process.memory_info().rss for process in self.processes())

    def cpu_s(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


Contestant = Callable[[], Iterator[Running]]


def item(mark: str) -> dict[str, str]:
    """About 1 KB with the envelope of each protocol; the text compresses as measurements do."""
    return {"text": TEXT, "mark": mark}


def upgrade(path: str, *headers: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", *headers, "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


PLAIN = Talk(((upgrade("/ws"), b"\r\n\r\n"),))
DEFLATED = Talk(((upgrade("/ws", DEFLATE), b"\r\n\r\n"),), deflated=True)
SOCKET_IO = Talk(((upgrade("/socket.io/?EIO=4&transport=websocket"), b'"sid"'), (frame(1, b"40"), b'"sid"')))


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Children that are started here stay on one core."""
    if (os.cpu_count() or 1) < 2:
        yield
        return
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {CLIENT_CORE})


@contextmanager
def by_stdin(
    command: list[str], port: int, talk: Talk, environ: dict[str, str] | None = None
) -> Iterator[Running]:
    """A server that sends each line of its stdin to every client."""
    environ = {**os.environ, "PYTHONPATH": str(FOLDER), **(environ or {})}
    with tempfile.TemporaryFile() as log, pinned(SERVER_CORE):
        child = subprocess.Popen(
            command, env=environ, cwd=FOLDER, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        _until_listening(child, port)

        def publish(mark: str) -> None:
            assert child.stdin is not None
            child.stdin.write(json.dumps(item(mark)).encode() + b"\n")
            child.stdin.flush()

        yield Running(port, talk, child.pid, publish)
    finally:
        if child.stdin is not None:
            child.stdin.close()
        _end(child)


def _until_listening(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and child.poll() is None:
        listening = any(
            entry.status == psutil.CONN_LISTEN and entry.laddr.port == port
            for entry in psutil.net_connections("tcp4")
        )
        if listening:
            return
        time.sleep(0.05)
    raise Stuck("it did not start")


def _end(child: "subprocess.Popen[bytes]") -> None:
    for process in psutil.Process(child.pid).children(recursive=True) if child.poll() is None else []:
        process.kill()
    child.kill()
    child.wait()


@contextmanager
def ours(subscribe: Callable[[str], Talk]) -> Iterator[Running]:
    limits = {"GAMEPILOT_MON_LIVE_MAX": "100000", "GAMEPILOT_MON_LIVE_MAX_PER_ADDRESS": "100000"}
    with tempfile.TemporaryDirectory() as folder:
        with pinned(SERVER_CORE):
            server = Server(Path(folder), NO_PINGS, **limits)

        def publish(mark: str) -> None:
            server.append("alert:new", item(mark))

        def publish_together(marks: list[str]) -> None:
            server.append_each([item(mark) for mark in marks])

        try:
            yield Running(server.port, subscribe(server.token), server.process.pid, publish, publish_together)
        finally:
            server.close()


def _our_websocket(token: str, *headers: str) -> Talk:
    wishes = frame(1, b'{"type":"subscribe","topics":["alerts"]}') + frame(1, b'{"type":"ping"}')
    opening = upgrade("/ws", f"Authorization: Bearer {token}", *headers)
    return Talk(((opening, b'"hello"'), (wishes, b'"pong"')), deflated=DEFLATE in headers)


def _our_socket_io(token: str) -> Talk:
    opening, _ = SOCKET_IO.steps[0]
    sign_in = frame(1, b'40{"token":"%b"}' % token.encode())
    subscribe = frame(1, b'420["subscribe:alerts"]')
    return Talk(((opening, b'"sid"'), (sign_in, b'40{"sid"'), (subscribe, b"430[")))


def _our_stream(token: str) -> Talk:
    head = "GET /api/realtime/stream?topics=alerts HTTP/1.1\r\nHost: x\r\n"
    return Talk((((head + f"Authorization: Bearer {token}\r\n\r\n").encode(), b"retry: "),))


def _node(script: str, talk: Talk, *options: str):  # type: ignore[no-untyped-def]
    modules, port = tools.node_modules(), free_port()
    command = ["node", str(tools.SERVERS / script), str(port), *options]
    return by_stdin(command, port, talk, {"NODE_PATH": str(modules)})


def _gunicorn(module: str, talk: Talk, path: str = ""):  # type: ignore[no-untyped-def]
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "--worker-connections", "60000"]
    command += [
        "--backlog",
        "4096",
        "-c",
        "/dev/null",
        "-b",
        f"127.0.0.1:{port}",
        f"bench.peers.servers.{module}:app",
    ]
    return by_stdin(command, port, talk, {"PYTHONPATH": os.pathsep.join(filter(None, (str(FOLDER), path)))})


def _raw():  # type: ignore[no-untyped-def]
    program, port = tools.raw_writer(), free_port()
    return by_stdin([str(program), str(port)], port, PLAIN)


CONTESTANTS = {
    "raw C": _raw,
    "ours, WebSocket": lambda: ours(_our_websocket),
    "ours, SSE": lambda: ours(_our_stream),
    "ours, Socket.IO": lambda: ours(_our_socket_io),
    "ours, WebSocket deflate": lambda: ours(lambda token: _our_websocket(token, DEFLATE)),
    "Node ws": lambda: _node("ws.js", PLAIN),
    "Node ws deflate": lambda: _node("ws.js", DEFLATED, "deflate"),
    "Node socket.io": lambda: _node("socketio.js", SOCKET_IO),
    "flask-sock": lambda: _gunicorn("flask_sock_peer", PLAIN),
    "python-socketio": lambda: _gunicorn("python_socketio_peer", SOCKET_IO, tools.python_path()),
}
