"""Nudges: a datagram that tells the other processes which topics changed, so that nobody waits for a poll.

Each listener binds a Unix datagram socket in `<state folder>/nudge/`. A nudge may be lost (full buffer, a
process between two lives); every listener therefore also polls, and a lost nudge costs only time.
"""

import contextlib
import os
import socket
from pathlib import Path

MAX_BYTES = 512


class Listener:
    """This process's own socket. `wait()` blocks; with gevent's patched sockets it yields instead."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name = f"{name}-{os.getpid()}"
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self._folder)
        self._socket.bind(_short(self._folder, self.name))

    def wait(self, timeout_s: float) -> frozenset[str]:
        """The topics named by the datagrams that have arrived; empty after `timeout_s` without one."""
        self._socket.settimeout(timeout_s)
        topics: set[str] = set()
        try:
            topics.update(_topics(self._socket.recv(MAX_BYTES)))
            self._socket.setblocking(False)
            while True:
                topics.update(_topics(self._socket.recv(MAX_BYTES)))
        except (BlockingIOError, TimeoutError):
            return frozenset(topics)

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self.name, dir_fd=self._folder)
        os.close(self._folder)


class Sender:
    """Sends to every listener in the folder; a listener that is gone is swept away."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def __call__(self, topics: frozenset[str]) -> None:
        message = ",".join(sorted(topics)).encode()[:MAX_BYTES]
        for name in os.listdir(self._folder):  # noqa: PTH208 - the open folder has no path
            self._send(name, message)

    def _send(self, name: str, message: bytes) -> None:
        try:
            self._socket.sendto(message, _short(self._folder, name))
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=self._folder)
        except OSError:
            pass  # a full buffer: that listener is awake already

    def close(self) -> None:
        self._socket.close()
        os.close(self._folder)


def folder_of(state: Path) -> Path:
    return state / "nudge"


def _short(folder: int, name: str) -> str:
    # A socket address holds 107 bytes; by way of the open folder any path fits.
    return f"/proc/self/fd/{folder}/{name}"


def _topics(message: bytes) -> list[str]:
    return message.decode(errors="replace").split(",")
