"""A client for Python apps: reports events to the monitor and never gets in the way of the app.

The file needs only the standard library and nothing of this package, so an app may carry a copy of it.

    from gamepilot_mon.client import Client

    monitor = Client("http://127.0.0.1:3001", token)
    with monitor.timed("recommendation"):
        recommend()

A report is encoded, put into a bounded queue and sent by a thread of its own, many in one request. Nothing here
raises into the app or waits for the network, but for flush() and close(). What cannot be sent is kept and tried
again; what the monitor refuses is dropped, counted and logged once a minute. Every event carries an id, so one that
is sent twice is counted once.
"""

import atexit
import functools
import http.client
import json
import logging
import os
import random
import ssl
import threading
import time
import traceback
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar
from urllib.parse import urlsplit

P = ParamSpec("P")
R = TypeVar("R")
Severity = Literal["error", "warning", "critical"]

BODY_MAX_BYTES = 1_000_000  # the monitor takes 1 MiB
BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 60.0
REFUSED_PAUSE_S = 60.0  # after 401, 403 or 404: someone has to correct the address or the token
LOG_EVERY_S = 60.0
NAME_MAX = 200
TEXT_MAX = 60_000  # characters of a message or stack; longer ones are cut

log = logging.getLogger("gamepilot_mon.client")


@dataclass(frozen=True, slots=True)
class Stats:
    """What became of the events: `waiting` + `sent` + `dropped` is what was reported."""

    waiting: int
    sent: int
    dropped: int


class Client:
    """`url` is the monitor's address, `token` one with the role ingest.

    `queue_max` bounds the events that wait (the newest is dropped when it is full), `batch_max` those of a request.
    `interval_s` is how long the first event of a batch may wait, `timeout_s` how long a request may take, and
    `exit_s` how long the end of the program may be delayed to send what is left. ValueError for a malformed address.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        queue_max: int = 10_000,
        batch_max: int = 500,
        interval_s: float = 1.0,
        timeout_s: float = 5.0,
        exit_s: float = 2.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._wire = _Wire(url, token, timeout_s, context)
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._interval_s = interval_s
        self._exit_s = exit_s
        self._complaint_at = -LOG_EVERY_S
        self._begin()
        _live.add(self)

    def _begin(self) -> None:
        """A fresh start, at first and in the child of a fork, which owns nothing of what waits in its parent."""
        self._changed = threading.Condition()
        self._queue: deque[bytes] = deque()
        self._sending: list[bytes] = []
        self._sent = self._dropped = 0
        self._flushing = self._closed = False
        self._thread: threading.Thread | None = None
        self._wire.forget()

    # What an app reports

    def operation(
        self,
        operation: str,
        *,
        duration_ms: float,
        success: bool = True,
        user_id: str | int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.report(
            "operation", operation=operation[:NAME_MAX], duration_ms=duration_ms, success=success,
            user_id=user_id, metadata=metadata,
        )  # fmt: skip

    def error(
        self,
        operation: str,
        error: BaseException | str,
        *,
        severity: Severity = "error",
        stack_trace: str | None = None,
        user_id: str | int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """An exception brings its own stack."""
        if isinstance(error, BaseException):
            stack_trace = stack_trace or "".join(traceback.format_exception(error))
            error = f"{type(error).__name__}: {_text(error)}"
        self.report(
            "error", operation=operation[:NAME_MAX], error=error[:TEXT_MAX], severity=severity,
            stack_trace=stack_trace and stack_trace[-TEXT_MAX:], user_id=user_id, metadata=metadata,
        )  # fmt: skip

    def query(self, statement: str, *, duration_ms: float, metadata: Mapping[str, Any] | None = None) -> None:
        self.report("query", statement=statement[:2_000], duration_ms=duration_ms, metadata=metadata)

    def mood_selection(self, user_id: str | int, primary_mood: str, intensity: float, **more: Any) -> None:
        """`more`: secondary_mood, session_id, context, outcomes."""
        self.report("mood_selection", user_id=user_id, primary_mood=primary_mood, intensity=intensity, **more)

    def user_action(self, user_id: str | int, type: str, **more: Any) -> None:
        """`more`: game_id, game_title, mood_context, session_id, metadata."""
        self.report("user_action", user_id=user_id, type=type, **more)

    def recommendation(
        self, user_id: str | int, mood_context: Any, recommended_games: Sequence[Any], **more: Any
    ) -> None:
        """`more`: clicked_game_id, success, session_id, metadata."""
        self.report(
            "recommendation", user_id=user_id, mood_context=mood_context,
            recommended_games=list(recommended_games), **more,
        )  # fmt: skip

    def learning(self, metric_type: str, value: float, period: str, **more: Any) -> None:
        """`more`: user_id, metadata."""
        self.report("learning", metric_type=metric_type, value=value, period=period, **more)

    def deploy(self, version: str, metadata: Mapping[str, Any] | None = None) -> None:
        self.report("deploy", version=version, metadata=metadata)

    def metric(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        self.report("metric", name=name, value=value, labels=labels)

    @contextmanager
    def timed(
        self, operation: str, *, user_id: str | int | None = None, errors: bool = True
    ) -> Iterator[None]:
        """Reports the block as one operation; an exception makes it a failed one and goes on its way.

        With `errors` the exception is reported as an error too.
        """
        started = time.perf_counter()
        try:
            yield
        except Exception as raised:
            self._timed(operation, started, False, user_id)
            if errors:
                self.error(operation, raised, user_id=user_id)
            raise
        self._timed(operation, started, True, user_id)

    def timing(self, operation: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """timed() as a decorator; the function's qualified name unless `operation` is given."""

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            @functools.wraps(function)
            def timed_function(*args: P.args, **kwargs: P.kwargs) -> R:
                with self.timed(operation or function.__qualname__):
                    return function(*args, **kwargs)

            return timed_function

        return decorate

    def _timed(self, operation: str, started: float, success: bool, user_id: str | int | None) -> None:
        duration_ms = (time.perf_counter() - started) * 1_000
        self.operation(operation, duration_ms=duration_ms, success=success, user_id=user_id)

    def report(self, kind: str, **fields: Any) -> None:
        """One event of any kind. Fields that are None are left out; `timestamp` and `id` are filled in."""
        now = time.time_ns() // 1_000_000
        event = {"kind": kind, "id": _identifier(now), "timestamp": now}
        event |= {name: value for name, value in fields.items() if value is not None}
        try:
            encoded = _encoded(event)
        except (ValueError, TypeError, RecursionError) as problem:
            self._drop(1, f"an event of kind {kind} cannot be written as JSON: {problem}")
            return
        self._enqueue(encoded)

    # How it gets there

    def stats(self) -> Stats:
        with self._changed:
            return Stats(len(self._queue) + len(self._sending), self._sent, self._dropped)

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Send what waits now; whether all of it was settled in time."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._flushing = True
            self._changed.notify_all()
            return self._changed.wait_for(self._settled, max(0.0, deadline - time.monotonic()))

    def close(self, timeout_s: float = 5.0) -> bool:
        """flush() and end; what is reported afterwards is dropped. What the network does not take is lost."""
        deadline = time.monotonic() + timeout_s
        done = self.flush(timeout_s)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(max(0.1, deadline - time.monotonic()))
        return done

    def _settled(self) -> bool:
        return not self._queue and not self._sending

    def _enqueue(self, encoded: bytes) -> None:
        with self._changed:
            full = self._closed or len(self._queue) >= self._queue_max or len(encoded) > BODY_MAX_BYTES
            if not full:
                self._queue.append(encoded)
                self._start()
                if len(self._queue) in (1, self._batch_max):  # else the thread has nothing to learn from it
                    self._changed.notify_all()
        if full:
            self._drop(1, "an event is too large, the queue is full or the client is closed")

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="gamepilot-mon-client", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        failures = 0
        while batch := self._next_batch():
            pause_s = self._deliver(batch)
            failures = failures + 1 if pause_s is not None else 0
            if pause_s is not None:
                self._pause(pause_s or _backoff_s(failures))
        self._wire.forget()

    def _next_batch(self) -> list[bytes]:
        """Waits for events and then for company; empty when the client is closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._sending or self._closed)
            self._changed.wait_for(self._due, self._interval_s)
            if not self._sending:
                self._sending = self._take()
            return self._sending

    def _due(self) -> bool:
        return bool(self._sending) or self._flushing or self._closed or len(self._queue) >= self._batch_max

    def _take(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        while self._queue and len(batch) < self._batch_max and size + len(self._queue[0]) < BODY_MAX_BYTES:
            batch.append(self._queue.popleft())
            size += len(batch[-1]) + 1
        return batch

    def _deliver(self, batch: list[bytes]) -> float | None:
        """None when the batch is settled; else how long to wait before the next try, 0 if that is ours to choose."""
        try:
            status, retry_after_s, answer = self._wire.post(b'{"events":[' + b",".join(batch) + b"]}")
        except (OSError, http.client.HTTPException) as problem:
            self._complain(f"the monitor cannot be reached: {type(problem).__name__}")
            return 0.0
        rejected = _rejected(answer) if status == 202 else None
        if rejected is not None:
            if rejected:
                self._complain(f"{rejected} of {len(batch)} events were refused: {answer[:500]!r}")
            self._settle(len(batch) - rejected, rejected)
            return None
        self._complain(f"the monitor answered {status}: {answer[:200]!r}")
        if status in (401, 403, 404):
            return REFUSED_PAUSE_S
        if status in (202, 408, 425, 429) or status >= 500:  # 202: a cut answer, or not the monitor's
            return retry_after_s
        if len(batch) > 1:  # one bad event must not take the others with it
            self._split(batch)
            return None
        self._settle(0, 1)
        return None

    def _split(self, batch: list[bytes]) -> None:
        half = len(batch) // 2
        with self._changed:
            self._queue.extendleft(reversed(batch[half:]))
            self._sending = batch[:half]

    def _settle(self, sent: int, dropped: int) -> None:
        with self._changed:
            self._sending = []
            self._sent += sent
            self._dropped += dropped
            self._flushing = self._flushing and bool(self._queue)
            self._changed.notify_all()

    def _pause(self, seconds: float) -> None:
        """Closing ends it at once, for one last try; flush() does not, or it would hammer a monitor in trouble."""
        with self._changed:
            if self._closed:
                self._dropped += len(self._sending) + len(self._queue)
                self._sending = []
                self._queue.clear()
                self._changed.notify_all()
            else:
                self._changed.wait_for(lambda: self._closed, seconds)

    def _drop(self, count: int, why: str) -> None:
        with self._changed:
            self._dropped += count
        self._complain(why)

    def _complain(self, what: str) -> None:
        now = time.monotonic()
        if now - self._complaint_at >= LOG_EVERY_S:
            self._complaint_at = now
            log.warning("%s (the next such message in %d s at the earliest)", what, LOG_EVERY_S)


class _Wire:
    """One kept connection to the monitor; redirects are not followed, for the token would go with them."""

    def __init__(self, url: str, token: str, timeout_s: float, context: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of the monitor must begin with http:// or https://")
        if not token or not token.isascii() or not token.isprintable():
            raise ValueError("the token must be printable ASCII")
        self._host, self._port, self._secure = parts.hostname, parts.port, parts.scheme == "https"
        self._path = parts.path.rstrip("/") + "/api/v1/events"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._timeout_s = timeout_s
        self._context = context
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes) -> tuple[int, float, bytes]:
        """(status, seconds of Retry-After or 0, the beginning of the answer). OSError or HTTPException."""
        kept = self._connection is not None
        try:
            return self._exchange(body)
        except (OSError, http.client.HTTPException):
            self.forget()
            if not kept:
                raise
        return self._exchange(body)  # the kept connection may have been closed long ago

    def _exchange(self, body: bytes) -> tuple[int, float, bytes]:
        connection = self._connection = self._connection or self._connect()
        try:
            connection.request("POST", self._path, body, self._headers)
            answer = connection.getresponse()
            text = answer.read(1_000_000)
            if not answer.isclosed():
                self.forget()
        except BaseException:
            self.forget()
            raise
        return answer.status, _seconds(answer.headers.get("Retry-After")), text

    def _connect(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        context = self._context or ssl.create_default_context()
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=context)

    def forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _identifier(now: int) -> str:
    """Begins with the time, so that the ids of a while lie side by side in the monitor's index."""
    return f"{now:012x}{uuid.uuid4().hex[12:]}"


def _encoded(event: Mapping[str, Any]) -> bytes:
    """A lone surrogate becomes a question mark, for the monitor takes proper UTF-8 only."""
    text = json.dumps(event, allow_nan=False, ensure_ascii=False, default=_text, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _rejected(answer: bytes) -> int | None:
    """How many events were refused; None when this is not a whole answer of the monitor."""
    try:
        return len(json.loads(answer)["rejected"])
    except (ValueError, KeyError, TypeError):
        return None


def _seconds(retry_after: str | None) -> float:
    """Only the form in seconds; the monitor sends no other."""
    return min(float(retry_after), BACKOFF_MAX_S) if retry_after and retry_after.isdigit() else 0.0


def _backoff_s(failures: int) -> float:
    """Doubling, with full jitter, so that many apps do not come back in step."""
    return random.uniform(0, min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(failures, 10)))


def _text(value: object) -> str:
    """str() of a stranger's object, which may raise anything."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


_live: weakref.WeakSet[Client] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for client in list(_live):
        if client.stats().waiting:
            client.close(client._exit_s)


def _after_fork() -> None:
    for client in list(_live):
        client._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
