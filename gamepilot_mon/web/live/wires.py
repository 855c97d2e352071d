"""The sockets of all live clients: bare file descriptors in one epoll, written without ever waiting."""

import os
import select
import time
from collections.abc import Callable, Iterator

import gevent
from gevent import monkey

from gamepilot_mon.web.live.client import Client

EPOLLIN, EPOLLOUT, EPOLLRDHUP = select.EPOLLIN, select.EPOLLOUT, select.EPOLLRDHUP
READ_BYTES = 64 * 1024
MAX_EVENTS = 1024

# gevent defers its own os.close to a later turn; by then the number could belong to somebody else.
_close = monkey.get_original("os", "close")


def monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Gone(Exception):
    """The other side of this socket is no more."""


class Wires:
    """`by_fd` is a list because descriptors are small dense numbers: 8 bytes a client."""

    def __init__(self, readable: Callable[[], None]) -> None:
        # gevent takes epoll out of the select module, since a blocking poll would freeze the loop.
        self._epoll = monkey.get_original("select", "epoll")()
        self._watcher = gevent.get_hub().loop.io(self._epoll.fileno(), 1)
        self._watcher.start(readable)
        self.by_fd: list[Client | None] = []
        self.now = monotonic_ms()

    def add(self, client: Client) -> None:
        missing = client.fd + 1 - len(self.by_fd)
        if missing > 0:
            self.by_fd.extend([None] * missing)
        self.by_fd[client.fd] = client
        self._epoll.register(client.fd, EPOLLIN | EPOLLRDHUP)

    def events(self) -> list[tuple[Client, int]]:
        polled = self._epoll.poll(0, MAX_EVENTS)
        return [(client, mask) for fd, mask in polled if (client := self.by_fd[fd]) is not None]

    def every(self, step: int, of: int) -> Iterator[Client]:
        """The clients of one slot of a wheel with `of` slots."""
        for client in self.by_fd[step::of]:
            if client is not None:
                yield client

    def send(self, client: Client, data: bytes | memoryview) -> None:
        """Write what the socket takes and keep the rest, in order. Raises Gone."""
        if client.rest is not None:
            client.rest = memoryview(b"".join((client.rest, data)))
            return
        taken = self._write(client, data)
        if taken < len(data):
            self._keep_rest(client, memoryview(data)[taken:])

    def _keep_rest(self, client: Client, rest: memoryview) -> None:
        client.rest = rest
        client.moved_at = self.now
        self._epoll.modify(client.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP)

    def send_to_all(self, clients: list[Client], data: bytes) -> tuple[list[Client], list[Client]]:
        """send() to those that are level with the log, as one loop: calls a client would double its own cost.

        Returns those that are gone, and those that could not take all of it.
        """
        gone: list[Client] = []
        slow: list[Client] = []
        write, size = os.write, len(data)
        for client in clients:
            if client.cursor is not None or client.fd < 0:
                continue
            try:
                taken = write(client.fd, data)
            except BlockingIOError:
                taken = 0
            except OSError:
                gone.append(client)
                continue
            if taken < size:
                self._keep_rest(client, memoryview(data)[taken:])
                slow.append(client)
        return gone, slow

    def flush(self, client: Client) -> bool:
        """Go on with the rest; whether all of it is written. Raises Gone."""
        if client.rest is None:
            return True
        taken = self._write(client, client.rest)
        if taken:
            client.moved_at = client.heard_at = self.now
        if taken < len(client.rest):
            client.rest = client.rest[taken:]
            return False
        client.rest = None
        self._epoll.modify(client.fd, EPOLLIN | EPOLLRDHUP)
        return True

    @staticmethod
    def _write(client: Client, data: bytes | memoryview) -> int:
        try:
            return os.write(client.fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise Gone from error

    @staticmethod
    def read(client: Client) -> bytes:
        """What has arrived, empty when that was nothing. Raises Gone at the end of the stream."""
        try:
            data = os.read(client.fd, READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def release(self, client: Client) -> None:
        self.by_fd[client.fd] = None
        self._epoll.unregister(client.fd)
        _close(client.fd)
        client.fd = -1
        client.rest = client.replays = client.steps = client.parser = None

    def exchange(self, client: Client, other: Client) -> None:
        """`client` has the socket of `other` from now on; its own is closed, with all that was unsent."""
        self.by_fd[client.fd] = None
        self._epoll.unregister(client.fd)
        _close(client.fd)
        client.fd, other.fd = other.fd, -1
        client.rest = client.parser = None
        self.by_fd[client.fd] = client
        self._epoll.modify(client.fd, EPOLLIN | EPOLLRDHUP)

    def close(self) -> None:
        self._watcher.stop()
        self._watcher.close()
        self._epoll.close()
