"""The store: one SQLite file, opened by every process, written in short immediate transactions.

Other modules read through the models and write inside `write()`. A write may `touch()` topics; once it is
committed, the listeners given to `after_commit()` hear which topics changed (the nudge between processes).
"""

import fcntl
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import peewee
from playhouse.migrations import Runner

BUSY_TIMEOUT_S = 5
LINE_TIMEOUT_S = 1.0
LINE_PAUSE_S = 0.001
BULK_CACHE_KIB = (
    16 * 1024
)  # of pages; with SQLite's 2 MB an index in no order is read and written over and over

# WAL lets readers go on while one writer commits; FULL makes a commit survive a power cut, which is what
# "durable before the 202" means; the journal is folded back at 4 MB so that readers stay quick.
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "wal_autocheckpoint": 1000,
    "journal_size_limit": 64 * 1024 * 1024,
    "temp_store": "memory",
}

database = peewee.SqliteDatabase(None)

ELSEWHERE = "GAMEPILOT_MON_DATABASE_URL says where it is kept"

_listeners: list[Callable[[frozenset[str]], None]] = []
_touched = threading.local()


class StoreError(Exception):
    """The store cannot be opened; the text is one sentence fit for a console."""


class NestedWriteError(RuntimeError):
    """write() inside write(): the inner one would silently take no lock."""


def path_of(url: str) -> Path:
    """`sqlite:///var/x.db` -> Path("var/x.db"); `sqlite:////srv/x.db` -> Path("/srv/x.db")."""
    prefix = "sqlite:///"
    if not url.startswith(prefix):
        raise StoreError(f"the store must be a sqlite:/// URL, not {url.split(':', 1)[0]}:")
    return Path(url.removeprefix(prefix))


def open_database(url: str, *, busy_timeout_s: int = BUSY_TIMEOUT_S) -> Path:
    """Bind the models to the file of `url`, make its folder, and bring its tables up to date.

    Raises StoreError with one clear sentence when the folder or file cannot be used.
    """
    path = path_of(url)
    _require_writable(path)
    if not database.is_closed():
        database.close()
    database.init(str(path), pragmas=PRAGMAS, timeout=busy_timeout_s, check_same_thread=False)
    try:
        migrate()
    except (peewee.DatabaseError, sqlite3.Error) as error:
        raise StoreError(f"cannot use the store {path}: {error}") from error
    path.chmod(0o600)
    return path


def _require_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot create the folder {path.parent} for the store: {error.strerror}"
        raise StoreError(f"{what}; {ELSEWHERE}") from error
    if path.is_dir():
        raise StoreError(f"the store {path} is a folder, not a file")
    # SQLite keeps -wal and -shm files beside the database, so the folder must be writable too.
    for place in (path.parent, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise StoreError(f"{place} is not writable, so the store cannot be kept there; {ELSEWHERE}")
    if not path.exists():
        _create(path)


def _create(path: Path) -> None:
    """Of a folder such as /proc only trying tells that it takes no file, and SQLite does not say why.

    Never of a file that is there: closing it would drop the locks that SQLite has on it in this process.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return  # another process was first
    except OSError as error:
        raise StoreError(f"cannot create the store {path}: {error.strerror}; {ELSEWHERE}") from error


def migrate() -> list[str]:
    """Apply the migrations that this file lacks; returns their names. Safe when two processes start at once."""
    runner = Runner(database, directory=str(Path(__file__).parent / "migrations"))
    with database.connection_context() if database.is_closed() else nullcontext():
        if {m.name for m in runner.status() if m.applied is None and m.path is not None}:
            return _migrate_locked(runner)
    return []


def _migrate_locked(runner: Runner) -> list[str]:
    with Path(f"{database.database}.migrate-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return list(runner.up())


@contextmanager
def write(*, bulk: bool = False) -> Iterator[None]:
    """One short write transaction that takes the write lock at once.

    `bulk` is for what comes in masses and can wait, such as events: it lets everybody else's writes go first.
    Raises NestedWriteError inside another write, peewee.OperationalError when the lock is not free in time.
    """
    if database.in_transaction():
        raise NestedWriteError("write() inside write()")
    topics: set[str] = set()
    _touched.topics = topics
    try:
        with ExitStack() as transaction:
            if bulk:
                database.execute_sql(f"PRAGMA cache_size = -{BULK_CACHE_KIB}")
            with _in_line(bulk):
                transaction.enter_context(database.atomic("IMMEDIATE"))
            yield
    except peewee.OperationalError as error:
        raise _cause(error) from None
    finally:
        _touched.topics = None
    if topics:
        for listener in _listeners:
            listener(frozenset(topics))


def _cause(error: peewee.OperationalError) -> peewee.OperationalError:
    """On a full disk or an I/O error SQLite has rolled back by itself, and that it cannot be done again hides why."""
    first = error.__context__
    while isinstance(first, Exception) and not isinstance(first, peewee.OperationalError):
        first = first.__context__
    if "no transaction is active" in str(error) and isinstance(first, peewee.OperationalError):
        return first
    return error


@contextmanager
def _in_line(bulk: bool) -> Iterator[None]:
    """Wait for the write lock in a line, as SQLite keeps none: it lets each writer try again after a pause, and one
    that writes without a pause would starve the others. Only a courtesy: after a while it is tried regardless, so a
    process that was stopped in the line holds up nobody for longer.

    Who is not `bulk` shows in a second file that he waits; masses join the line one at a time and when nobody shows.
    """
    with ExitStack() as held:
        deadline = time.monotonic() + LINE_TIMEOUT_S
        if bulk:
            _take(held, "bulk", fcntl.LOCK_EX, deadline)
            with ExitStack() as asked:
                _take(asked, "first", fcntl.LOCK_EX, deadline)
        else:
            _take(held, "first", fcntl.LOCK_SH, 0)
        _take(held, "line", fcntl.LOCK_EX, deadline)
        yield


def _take(held: ExitStack, name: str, how: int, deadline: float) -> None:
    """Hold a lock beside the store, taken by `deadline` or not at all."""
    try:
        file = os.open(f"{database.database}.{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return  # a full disk, or too many files: what follows will say so
    held.callback(os.close, file)
    while not _is_taken(file, how) and time.monotonic() < deadline:
        # Sleeps natively, also where gevent has replaced time.sleep(): writes run on native threads there.
        signal.sigtimedwait((), LINE_PAUSE_S)


def _is_taken(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def touch(topic: str) -> None:
    """Say inside a write that `topic` changes with it."""
    topics = getattr(_touched, "topics", None)
    if topics is None:
        raise RuntimeError("touch() outside write()")
    topics.add(topic)


def after_commit(listener: Callable[[frozenset[str]], None]) -> Callable[[], None]:
    """Call `listener` with the touched topics after each write of this process that touched any.

    Returns what ends that.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def data_version() -> int:
    """A number of this connection that changes when another connection commits (about 4 µs)."""
    cursor: Any = database.execute_sql("PRAGMA data_version")
    return int(cursor.fetchone()[0])
