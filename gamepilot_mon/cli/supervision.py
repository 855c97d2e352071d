"""Supervision: child processes that are started, brought back when they die, and stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BACK_AFTER_S = 1.0
STARTING_S = 5.0  # a child that ends by itself this early has said why; starting it again would not help
STOP_WITHIN_S = 15.0
PR_SET_PDEATHSIG = 1

Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: Sequence[str]


class Child:
    def __init__(self, program: Program, environ: Mapping[str, str]) -> None:
        self.program = program
        self._environ = dict(environ)
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._back_at = 0.0

    def start(self) -> None:
        self._started = time.monotonic()
        # A session of its own: Ctrl-C reaches us alone, and we stop the children in order.
        self.process = subprocess.Popen(
            self.program.command, env=self._environ, start_new_session=True, preexec_fn=_end_with_parent
        )

    def poll(self) -> int | None:
        """The exit code since the last start; None while it runs or waits to come back."""
        return self.process.poll() if self.process else None

    def gave_up(self, code: int) -> bool:
        """It ended by its own decision while starting: wrong settings, a port in use."""
        return code == 2 or (code > 0 and time.monotonic() - self._started < STARTING_S)

    def schedule_back(self) -> None:
        self.process, self._back_at = None, time.monotonic() + BACK_AFTER_S

    def due_back(self) -> bool:
        return self.process is None and time.monotonic() >= self._back_at

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(
    programs: Sequence[Program],
    environ: Mapping[str, str],
    echo: Echo,
    on_tick: Callable[[], None] | None = None,
) -> int:
    """Run until SIGINT or SIGTERM; returns 0 then, or the exit code of a child that gave up starting."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    children = [Child(program, environ) for program in programs]
    try:
        for child in children:
            child.start()
        return _watch(children, stop, echo, on_tick)
    finally:
        _stop(children)


def _watch(
    children: list[Child], stop: threading.Event, echo: Echo, on_tick: Callable[[], None] | None
) -> int:
    while not stop.wait(0.1):
        for child in children:
            code = child.poll()
            if code is not None:
                if child.gave_up(code):
                    return code
                echo(f"{child.program.name} ended ({_how(code)}); starting it again")
                child.schedule_back()
            elif child.due_back():
                child.start()
        if on_tick:
            on_tick()
    return 0


def _stop(children: list[Child]) -> None:
    for child in children:
        child.stop()
    deadline = time.monotonic() + STOP_WITHIN_S
    for child in children:
        child.wait(deadline)


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _end_with_parent() -> None:
    """In the child: be told to stop when the parent dies, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:
            os._exit(1)
