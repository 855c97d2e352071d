"""Real processes for tests: the daemon, the web process, and `run`, each with a temporary store."""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar

import requests

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[1]

T = TypeVar("T")


# Below the ports that the system gives to connections, so that none of them is taken before a child has bound it;
# each worker of the suite has its own.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.cycle(range(20_000 + 1_000 * _WORKER, 21_000 + 1_000 * _WORKER))
for _ in range(os.getpid() % 1_000):
    next(_ports)


def free_port() -> int:
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable: the ports go round")


def eventually(question: Callable[[], T], *, within_s: float = 10.0, what: str = "") -> T:
    """The first truthy answer to `question`; AssertionError when there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {within_s} s: {what or question}"
        time.sleep(0.01)


class Running:
    """A child process with its output in a file; stopped, and its exit code kept, on leaving the block."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], folder: Path, name: str) -> None:
        self._command = command
        self._environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **environ}
        self._folder = folder
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes]

    def start(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            if self.process.poll() is None:
                self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace")


def daemon(environ: Mapping[str, str], folder: Path) -> Running:
    return Running((sys.executable, "-m", "daemon"), environ, folder, "daemon")


def whole(environ: Mapping[str, str], folder: Path) -> Running:
    """`run`: web process and daemon."""
    return Running((str(BIN / "gamepilot-mon"), "run"), environ, folder, "run")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
