"""Probe: measure every check at its own interval, from a heap of due times, in a pool of threads."""

import heapq
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import peewee

from daemon.jobs import Context
from gamepilot_mon import checks, db, probes
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.probes import Reading, Task, is_certain

log = logging.getLogger(__name__)

THREADS = 8
LONGEST_TIMEOUT_MS = 10_000
SECOND_LOOK_MS = 1_000  # a first failure is looked at again at once: one lost packet is no outage
RELOAD_MS = 1_000


class Schedule:
    """When each check is due, by the monotonic clock in ms: a step of the wall clock moves nothing.

    A check that comes late runs once; the runs that it missed are skipped and its phase is kept.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._due: dict[int, int] = {}

    def put(self, check: int, due: int) -> None:
        self._due[check] = due
        heapq.heappush(self._heap, (due, check))

    def keep_only(self, wanted: set[int], now: int) -> None:
        for check in self._due.keys() - wanted:
            del self._due[check]
        for check in wanted - self._due.keys():
            self.put(check, now)

    def pop_due(self, now: int) -> list[int]:
        due = []
        while self._heap and self._heap[0][0] <= now:
            at, check = heapq.heappop(self._heap)
            if (
                self._due.get(check) == at
            ):  # a check that was set again or removed leaves its old entry behind
                due.append(check)
        return due

    def next_due(self) -> int | None:
        return self._heap[0][0] if self._heap else None


def after(due: int, interval: int, now: int) -> int:
    """The first moment after `now` in step with `due`."""
    return due + ((now - due) // interval + 1) * interval


class Probe:
    name = "probe"
    every_ms = 30_000
    gap_ms = 5
    limit_ms = 30_000
    wakes_on = frozenset({"check-list"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._wake = context.wake
        self._kinds = probes.kinds()
        self._schedule = Schedule()
        self._checks: dict[int, Check] = {}
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self._reloaded_at: int | None = None
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="probe")

    def run(self, now: int) -> int | None:
        tick = _tick()
        with self._lock:
            self._reload(tick)
            due = self._schedule.pop_due(tick)
            for check in due:
                self._schedule.put(check, after(tick, self._checks[check].interval_ms, tick))
            starting = [check for check in due if check not in self._running]
            self._running.update(starting)
            next_due = self._schedule.next_due()
        for check in starting:
            self._pool.submit(self._measure, self._checks[check])
        return None if next_due is None else now + max(0, next_due - tick)

    def _reload(self, tick: int) -> None:
        if self._reloaded_at is None or tick - self._reloaded_at >= RELOAD_MS:
            self._reloaded_at = tick
            watched = (
                check for check in Check.ordered() if check.kind in self._kinds and not check.paused_at
            )
            self._checks = {check.id: check for check in watched}
            self._schedule.keep_only(set(self._checks), tick)

    def _measure(self, check: Check) -> None:
        try:
            fresh = Check.get_or_none(Check.id == check.id)
            if fresh and not fresh.paused_at:
                self._record(fresh, probes.of_kind(fresh.kind).measure(self._task(fresh)))
        except peewee.OperationalError as error:
            # A store that cannot be written says nothing about the target: no observation at all.
            log.warning("the result of %s is lost: the store says %s", check.name, error)
        except Exception:
            log.exception("probe %s failed", check.kind)
        finally:
            with self._lock:
                self._running.discard(check.id)

    def _task(self, check: Check) -> Task:
        secrets = {}
        if setting := check.spec.get("setting"):
            secrets[setting] = getattr(self._settings, setting) or ""
        return Task(
            spec=check.spec, now=utcnow(), timeout_ms=min(check.interval_ms, LONGEST_TIMEOUT_MS),
            allowed=self._settings.ssrf_allow, interval_ms=check.interval_ms, secrets=secrets,
            observed_at=checks.last_up_at(check) if check.ping_key else check.observed_at,
            state_dir=self._settings.state_dir, known=check.data or {},
        )  # fmt: skip

    def _record(self, check: Check, reading: Reading | None) -> None:
        if reading is None:
            return
        with db.write():
            checks.record(check, reading, utcnow())
        if reading.state == "down" and not is_certain(check.failures + 1, reading.data):
            with self._lock:
                self._schedule.put(check.id, _tick() + SECOND_LOOK_MS)
            self._wake(self.name)


def _tick() -> int:
    return time.monotonic_ns() // 1_000_000
