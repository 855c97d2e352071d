"""Push: send events to a monitor's ingest over HTTP, from a thread of its own, each one once.

A batch is taken from the buffer, and sent again until it is answered. Its events keep their ids, so that the
receiver can tell a second copy. Nothing waits for a slow receiver but the buffer: when that is full, the
oldest events are dropped, and counted.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from gamepilot_mon.clock import utcnow
from gamepilot_mon.simulator.traffic import Event

BATCH = 500
BUFFER = 20_000
TIMEOUT_S = (3.0, 10.0)  # to connect, to answer
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
HOPELESS = {401: "the token is not accepted", 403: "the token may not send events", 404: "there is no ingest"}
UNREACHABLE = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
INVALID = (400, 413, 422)  # answers about the batch, not about us


@dataclass(slots=True)
class Totals:
    """What became of the events: those refused were answered as invalid, those dropped were never sent."""

    offered: int = 0
    accepted: int = 0
    refused: int = 0
    dropped: int = 0

    @property
    def unanswered(self) -> int:
        return self.offered - self.accepted - self.refused - self.dropped


class PushRefused(Exception):
    """The receiver will take nothing as things are; trying again is no use."""


class Push:
    """`offer()` events; `close()` at the end. `echo` is called from another thread.

    `failure` is set when the receiver will take nothing at all. Raises ValueError for a URL of no use.
    """

    def __init__(
        self, base_url: str, token: str | None, echo: Callable[[str], None], *, buffer: int = BUFFER
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"the address to push to must begin with http:// or https://, not {base_url!r}")
        self.url = f"{base_url.rstrip('/')}/api/v1/events"
        self.totals = Totals()
        self.failure: PushRefused | None = None
        self._echo = echo
        self._session = _session(token)
        self._limit = buffer
        self._waiting: deque[Event] = deque()
        self._batch_limit = BATCH
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._give_up_at = float("inf")  # monotonic seconds
        self._answering = True
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)
        self._thread.start()

    def offer(self, events: Iterable[Event]) -> None:
        """Queue the events, and drop the oldest when there are too many. Raises the `failure`."""
        if self.failure:
            raise self.failure
        with self._changed:
            before = len(self._waiting)
            self._waiting.extend(events)
            self.totals.offered += len(self._waiting) - before
            while len(self._waiting) > self._limit:
                self._waiting.popleft()
                self.totals.dropped += 1
            self._changed.notify()

    def close(self, within_s: float = 5.0) -> int:
        """Send what is left, as far as `within_s` allows; returns how many events were not answered."""
        self._give_up_at = time.monotonic() + within_s
        self._closing.set()
        with self._changed:
            self._changed.notify()
        self._thread.join(within_s + 1.0)
        self._session.close()
        return self.totals.unanswered

    def _run(self) -> None:
        try:
            while batch := self._take():
                self._settle(batch)
        except PushRefused as refused:
            self.failure = refused

    def _take(self) -> list[Event]:
        """The next batch; empty when closing with nothing left or no time left."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set())
            if time.monotonic() >= self._give_up_at:
                return []
            return [self._waiting.popleft() for _ in range(min(self._batch_limit, len(self._waiting)))]

    def _settle(self, batch: list[Event]) -> None:
        """Send the batch until it is answered for good; put it back when there is no time left for that."""
        wait_s = FIRST_WAIT_S
        while time.monotonic() < self._give_up_at:
            retry_after_s = self._attempt(batch)
            if retry_after_s is None:
                return
            self._pause(retry_after_s or wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        with self._changed:
            self._waiting.extendleft(reversed(batch))

    def _attempt(self, batch: list[Event]) -> float | None:
        """Send once. None when settled, else the seconds to wait, 0 when the receiver named none."""
        try:
            answer = self._session.post(
                self.url, json={"events": batch}, timeout=TIMEOUT_S, allow_redirects=False
            )
        except UNREACHABLE as error:
            self._note(type(error).__name__)
            return 0.0
        except requests.RequestException as error:
            # The text of an error about a header has the token in it.
            raise PushRefused(f"{self.url}: {type(error).__name__}") from None
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            self._note(str(answer.status_code))
            return _retry_after_s(answer)
        self._note(None)
        if answer.status_code == 413 and len(batch) > 1:
            self._halve(batch)
            return None
        self._count(answer, batch)
        return None

    def _note(self, trouble: str | None) -> None:
        """Say once that the receiver takes nothing now, and once that it does again."""
        if trouble and self._answering:
            self._echo(f"the monitor takes nothing now ({trouble}); events wait")
        if not trouble and not self._answering:
            self._echo("the monitor takes events again")
        self._answering = trouble is None

    def _halve(self, batch: list[Event]) -> None:
        self._batch_limit = max(len(batch) // 2, 1)
        with self._changed:
            self._waiting.extendleft(reversed(batch))

    def _count(self, answer: requests.Response, batch: list[Event]) -> None:
        if answer.status_code not in (*INVALID, 200, 202):
            why = HOPELESS.get(answer.status_code, "an answer that no ingest gives")
            raise PushRefused(f"{self.url}: {why} ({answer.status_code})")
        if answer.status_code in INVALID:
            self.totals.refused += len(batch)
            self._echo(f"{len(batch)} events refused with {answer.status_code}: {answer.text[:200]}")
            return
        rejected = _rejected(answer)
        self.totals.accepted += len(batch) - len(rejected)
        self.totals.refused += len(rejected)
        if rejected:
            self._echo(f"{len(rejected)} of {len(batch)} events rejected, the first: {rejected[0]}")

    def _pause(self, seconds: float) -> None:
        """Wait; once closing, no longer than the time that is left."""
        until = time.monotonic() + seconds
        if self._closing.wait(seconds):
            time.sleep(max(min(until, self._give_up_at) - time.monotonic(), 0))


def _session(token: str | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return session


def _rejected(answer: requests.Response) -> list[Any]:
    try:
        body = answer.json()
    except ValueError:
        return []
    return list(body.get("rejected") or []) if isinstance(body, dict) else []


def _retry_after_s(answer: requests.Response) -> float:
    """Retry-After in either of its forms, seconds or a date; 0 when absent or unreadable."""
    text = answer.headers.get("Retry-After", "")
    if text.isdigit():
        return float(text)
    try:
        return max(
            (parsedate_to_datetime(text) - datetime.fromtimestamp(utcnow() / 1000, UTC)).total_seconds(), 0.0
        )
    except (ValueError, TypeError):
        return 0.0
