"""The clients of all peers: one epoll, on a core of its own."""

import os
import select
import socket
import time
from dataclasses import dataclass

from bench.peers import compressed

OPENING_MAX = 64
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Talk:
    """What a client of one kind sends, and which bytes tell that it was taken.

    `steps` are (bytes to send, mark to wait for). `deflated`: items come in compressed frames, and no others count.
    """

    steps: tuple[tuple[bytes, bytes], ...]
    deflated: bool = False


class Stuck(Exception):
    """A peer did not do what it should have, in time."""


class Crowd:
    def __init__(self, port: int, talk: Talk) -> None:
        self._port = port
        self._talk = talk
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}

    def grow(self, count: int) -> float:
        """Connect `count` more, some at once; seconds until the last of them was taken."""
        begun, wanted = time.monotonic(), len(self._sockets) + count
        steps: dict[int, int] = {}
        heard: dict[int, bytes] = {}
        while steps or len(self._sockets) < wanted:
            while len(steps) < OPENING_MAX and len(self._sockets) < wanted:
                steps[self._open()] = 0
            for fd, _ in self._poll(begun):
                if fd not in steps:
                    os.read(fd, 65536)
                elif self._advance(fd, steps, heard):
                    del steps[fd]
        return time.monotonic() - begun

    def wait_for(self, mark: bytes, begun: float) -> tuple[float, float]:
        """(ms until the first, ms until the last) has read `mark`.

        What is compressed is unfolded once, for the first client that has it; the others wait for the same bytes.
        """
        sought = None if self._talk.deflated else mark
        heard = dict.fromkeys(self._sockets, b"")
        first = 0.0
        while heard:
            for fd, _ in self._poll(begun):
                data = os.read(fd, 65536)
                if not data:
                    raise Stuck("a client was cut off")
                if fd not in heard:
                    continue
                have = heard[fd] + data
                sought = sought or compressed.frame_with(mark, have)
                if sought is None or sought not in have:
                    heard[fd] = have if sought is None else have[-len(sought) :]
                    continue
                first = first or time.monotonic() - begun
                del heard[fd]
        return first * 1000, (time.monotonic() - begun) * 1000

    def close(self) -> None:
        for client in self._sockets.values():
            client.close()
        self._epoll.close()

    def _open(self) -> int:
        client = socket.create_connection(("127.0.0.1", self._port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(self._talk.steps[0][0])
        self._sockets[client.fileno()] = client
        self._epoll.register(client.fileno(), select.EPOLLIN)
        return client.fileno()

    def _advance(self, fd: int, steps: dict[int, int], heard: dict[int, bytes]) -> bool:
        """Whether the last step is done."""
        data = os.read(fd, 65536)
        if not data:
            raise Stuck(f"the peer closed: {heard.get(fd, b'')[:80]!r}")
        heard[fd] = heard.get(fd, b"") + data
        if self._talk.steps[steps[fd]][1] not in heard[fd]:
            return False
        heard[fd] = b""
        steps[fd] += 1
        if steps[fd] == len(self._talk.steps):
            return True
        self._sockets[fd].sendall(self._talk.steps[steps[fd]][0])
        return False

    def _poll(self, begun: float) -> list[tuple[int, int]]:
        if time.monotonic() - begun > PATIENCE_S:
            raise Stuck(f"not everybody had it in {PATIENCE_S:.0f} s")
        return self._epoll.poll(5, 512)
