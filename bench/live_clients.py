"""What a live client costs: resident memory of the web process, and the time until the last one has an item.

    python bench/live_clients.py [--clients 2000] [--items 20]

Starts the web process on the loopback, connects the clients by one epoll, appends items of 1 KB to the store,
and prints a table. `first` and `last` are from before the commit to the byte that ends the item.
"""

import argparse
import os
import resource
import select
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.web.live.raw import frame
from tests.web.live.server import Server

PAD = "x" * 850  # about 1 KB with its envelope
SUBSCRIBE = b'{"type":"subscribe","topics":["alerts"]}'
SSE_HEAD = "GET /api/realtime/stream?topics=alerts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n"
WEBSOCKET_HEAD = (
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Authorization: Bearer {}\r\n\r\n"
)
SOCKET_IO_HEAD = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Crowd:
    """Many clients of one kind; each one's unread bytes are kept only as far as they may hold a mark."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}

    def add(self, client: socket.socket) -> None:
        self._sockets[client.fileno()] = client
        self._epoll.register(client.fileno(), select.EPOLLIN)

    def __len__(self) -> int:
        return len(self._sockets)

    def wait_for(self, mark: bytes, begun: float) -> tuple[float, float]:
        """(ms until the first, ms until the last) of them has read `mark`."""
        tails = dict.fromkeys(self._sockets, b"")
        first = 0.0
        while tails:
            for fd, _ in self._epoll.poll(10):
                if fd not in tails:
                    os.read(fd, 65536)
                    continue
                tails[fd] += os.read(fd, 65536)
                if mark in tails[fd]:
                    first = first or time.monotonic() - begun
                    del tails[fd]
        return first * 1000, (time.monotonic() - begun) * 1000


def connected(port: int, head: str, ready: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(head.encode())
    received = b""
    while ready not in received:
        received += client.recv(4096)
    return client


def websocket_client(server: Server) -> socket.socket:
    client = connected(server.port, WEBSOCKET_HEAD.format(server.token), b'"hello"')
    client.sendall(frame(1, SUBSCRIBE) + frame(1, b'{"type":"ping"}'))
    while b'"pong"' not in client.recv(4096):
        pass
    return client


def socket_io_client(server: Server) -> socket.socket:
    client = connected(server.port, SOCKET_IO_HEAD, b'0{"sid"')
    client.sendall(frame(1, b'40{"token":"%b"}' % server.token.encode()))
    while b'40{"sid"' not in client.recv(4096):
        pass
    client.sendall(frame(1, b'420["subscribe:alerts"]'))
    while b"430[" not in client.recv(4096):
        pass
    return client


def stream_client(server: Server) -> socket.socket:
    return connected(server.port, SSE_HEAD.format(server.token), b"retry: ")


def measure(name: str, connect: Callable[[Server], socket.socket], clients: int, items: int) -> None:
    limits = {"GAMEPILOT_MON_LIVE_MAX": "100000", "GAMEPILOT_MON_LIVE_MAX_PER_ADDRESS": "100000"}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), **limits)
        for _ in range(200):  # so that what the process needs once is not counted as theirs
            connect(server).close()
        server.append_many(20, data=PAD)
        before = server.inside()
        crowd = Crowd()
        begun = time.monotonic()
        for _ in range(clients):
            crowd.add(connect(server))
        rate = clients / (time.monotonic() - begun)
        idle = server.inside()
        times = [one_item(server, crowd, number) for number in range(items)]
        after = server.inside()
        cpu = (after["cpu"] - idle["cpu"]) / (clients * items) * 100_000
        firsts, lasts = zip(*times, strict=True)
        print(
            f"{name:<10} {clients:>7} {rate:>11.0f} {(idle['rss'] - before['rss']) / clients / 1024:>11.2f}"
            f" {(after['rss'] - before['rss']) / clients / 1024:>11.2f} {statistics.median(firsts):>9.1f}"
            f" {statistics.median(lasts):>9.1f} {max(lasts):>9.1f} {cpu:>10.2f}"
        )
        server.close()


def one_item(server: Server, crowd: Crowd, number: int) -> tuple[float, float]:
    mark = f"item-{number}-end"
    time.sleep(0.1)  # items close behind another one travel together; this measures the first
    begun = time.monotonic()
    server.append("alert:new", {"pad": PAD, "mark": mark})
    return crowd.wait_for(mark.encode(), begun)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--clients", type=int, default=2000)
    arguments.add_argument("--items", type=int, default=20)
    wanted = arguments.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(
        f"{'transport':<10} {'clients':>7} {'connects/s':>11} {'idle KB':>11} {'busy KB':>11} {'first ms':>9}"
        f" {'last ms':>9} {'worst ms':>9} {'s/100k':>10}"
    )
    measure("websocket", websocket_client, wanted.clients, wanted.items)
    measure("sse", stream_client, wanted.clients, wanted.items)
    measure("socket.io", socket_io_client, wanted.clients, wanted.items)


if __name__ == "__main__":
    main()
