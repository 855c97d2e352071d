"""Group commit: requests that arrive while a commit runs share the next one, and so its fsync.

The first to come leads: it waits for the commit before it, then writes everything gathered by then. The others
wait for its outcome. Nobody is answered before the rows are on disk.
"""

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


class Committer(Generic[T]):
    """`write(rows)` commits and returns, or raises; `limit` bounds the rows that wait."""

    def __init__(self, write: Callable[[Sequence[T]], None], limit: int) -> None:
        self._write = write
        self._limit = limit
        self._turn = threading.Lock()  # held while a commit runs
        self._guard = threading.Lock()  # held for moments only
        self._open: _Group[T] | None = None

    def commit(self, rows: Sequence[T]) -> None:
        """Returns once `rows` are durable; QueueFull, or what `write` raised, when they are not."""
        group, leads = self._join(rows)
        if leads:
            self._lead(group)
        group.done.wait()
        if group.error is not None:
            raise group.error

    def waiting(self) -> int:
        """Rows that the next commit will write."""
        with self._guard:
            return len(self._open.rows) if self._open else 0

    def _join(self, rows: Sequence[T]) -> tuple[_Group[T], bool]:
        with self._guard:
            leads = self._open is None
            group = self._open or _Group()
            if group.rows and len(group.rows) + len(rows) > self._limit:
                raise QueueFull
            group.rows += rows
            self._open = group
            return group, leads

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
        with self._guard:
            if self._open is group:
                self._open = None
