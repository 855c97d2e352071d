"""One daemon a store: a lock that the kernel frees with the process that holds it."""

import fcntl
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another daemon works on the same store."""


def only_one(store: Path) -> IO[str]:
    """Hold the lock beside the store for as long as the file is open. Raises AlreadyRunning."""
    lock = store.with_name(store.name + ".daemon-lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(f"another daemon is running on the store {store}") from None
    return lock
