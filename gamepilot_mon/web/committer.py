"""Group commit: requests that arrive while a commit runs share the next one, and so its fsync.

The first to come leads: it waits for the commit before it, then writes everything gathered by then. The others
wait for its outcome. Nobody is answered before the rows are on disk. A group that has grown to `most` rows is closed
to others, so that no commit holds up the store for long.
"""

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


class QueueFull(Exception):
    """More is waiting than may be; nothing of this request was written."""


class Interrupted(Exception):
    """The process stops, and the commit may not have happened."""


@dataclass(slots=True)
class _Group(Generic[T]):
    rows: list[T] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None
    size: int = 0
    closed: bool = False


class Committer(Generic[T]):
    """`write(rows)` commits and returns, or raises. What waits is bounded by `limit` rows and `limit_bytes`."""

    def __init__(
        self, write: Callable[[Sequence[T]], None], limit: int, *, most: int | None = None,
        limit_bytes: int = sys.maxsize,
    ) -> None:  # fmt: skip
        self._write = write
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._most = limit if most is None else most
        self._turn = threading.Lock()  # held while a commit runs
        self._guard = threading.Lock()  # held for moments only
        self._open: _Group[T] | None = None
        self._rows = 0  # of every group whose commit has not begun
        self._bytes = 0

    def commit(self, rows: Sequence[T], size: int = 0) -> None:
        """Returns once `rows`, which take `size` bytes, are durable; QueueFull, or what `write` raised, when they are
        not."""
        group, leads = self._join(rows, size)
        if leads:
            self._lead(group)
        group.done.wait()
        if group.error is not None:
            raise group.error

    def waiting(self) -> int:
        """Rows that the next commits will write."""
        return self._rows

    def is_full(self) -> bool:
        """Whether even one row more would be too much."""
        return self._rows >= self._limit or self._bytes >= self._limit_bytes

    def _join(self, rows: Sequence[T], size: int) -> tuple[_Group[T], bool]:
        with self._guard:
            if self._rows and self._exceeds(len(rows), size):
                raise QueueFull
            group = self._open
            leads = group is None or len(group.rows) + len(rows) > self._most
            if group is None or leads:
                group = self._open = _Group()
            group.rows += rows
            group.size += size
            self._rows += len(rows)
            self._bytes += size
            return group, leads

    def _exceeds(self, rows: int, size: int) -> bool:
        return self._rows + rows > self._limit or self._bytes + size > self._limit_bytes

    def _lead(self, group: _Group[T]) -> None:
        group.error = Interrupted()
        try:
            with self._turn:
                self._close(group)
                self._write(group.rows)
            group.error = None
        except Exception as error:
            group.error = error
        finally:
            self._close(group)
            group.done.set()

    def _close(self, group: _Group[T]) -> None:
        """Nobody joins it any more, and it waits no longer."""
        with self._guard:
            if self._open is group:
                self._open = None
            if not group.closed:
                group.closed = True
                self._rows -= len(group.rows)
                self._bytes -= group.size
