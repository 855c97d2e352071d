"""The store as seen from the event loop: every call that may wait for SQLite runs on a native thread.

One writer, because SQLite has one write lock and a queue here is fairer than five threads spinning on it; another
for the masses of events, so that nobody's click waits behind them; a few readers; and a pool for hashing. The pools
belong to the process that first uses them, so a fork gets its own.
A process that gevent did not patch (tests, plain commands) has no loop to protect and calls directly.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from gevent import monkey
from gevent.threadpool import ThreadPool

from gamepilot_mon import audit, db

READERS = 4
HASHERS = 2  # each Argon2 hash takes 64 MiB while it runs

P = ParamSpec("P")
T = TypeVar("T")

_pools: dict[str, ThreadPool] = {}


def read(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`fn` on a reader thread, waited for; it must return finished values, not lazy queries."""
    return _run("read", READERS, fn, args, kwargs)


def write(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`fn` inside db.write() on the writer thread; returns after the commit."""
    result: T = _run("write", 1, _written, (audit.actor(), fn, args, kwargs, False), {})
    return result


def write_bulk(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As write(), after every other write that waits, in this process or another."""
    result: T = _run("bulk", 1, _written, (audit.actor(), fn, args, kwargs, True), {})
    return result


def compute(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Something slow that touches no store, such as hashing a password; the event loop goes on beside it."""
    return _run("compute", HASHERS, fn, args, kwargs)


def _written(who: audit.Actor, fn: Callable[..., T], args: Any, kwargs: Any, bulk: bool) -> T:
    # The writer is another thread than the request, so who acts is handed over with the work.
    with audit.acting(who), db.write(bulk=bulk):
        return fn(*args, **kwargs)


def _run(name: str, size: int, fn: Callable[..., T], args: Any, kwargs: Any) -> T:
    if not monkey.is_module_patched("threading"):
        result: T = fn(*args, **kwargs)
        return result
    if not _pools:
        # peewee's own lock is gevent's, and one that native threads contend for may never wake its waiter.
        db.database._lock = monkey.get_original("_thread", "allocate_lock")()  # type: ignore[attr-defined]
    if name not in _pools:
        _pools[name] = ThreadPool(size)
    value, error = _pools[name].apply(_caught, (fn, args, kwargs))
    if error is not None:
        raise error
    return cast(T, value)


def _caught(fn: Callable[..., T], args: Any, kwargs: Any) -> tuple[T | None, Exception | None]:
    # gevent prints whatever escapes from a pool's thread, although the caller handles it.
    try:
        return fn(*args, **kwargs), None
    except Exception as error:
        return None, error
