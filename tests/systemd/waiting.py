"""Waiting on a condition with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

POLL_S = 0.05

T = TypeVar("T")


def wait_until(attempt: Callable[[], T], *, within_s: float, what: str) -> T:
    """Repeat `attempt` until its answer is truthy and return that; fail after `within_s`, naming `what`."""
    deadline = time.monotonic() + within_s
    while not (answer := attempt()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:g} s: {what} (last answer: {answer!r})")
        threading.Event().wait(POLL_S)
    return answer
