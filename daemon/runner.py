"""The runner: one job's supervised loop in a thread.

A wake is a flag, not a queue: after a stall a job runs once, never once for each time that it missed.
"""

import logging
import threading
import time
from collections.abc import Callable

import peewee

from daemon.jobs import Job
from gamepilot_mon.clock import utcnow
from gamepilot_mon.job_runs import JobRun

log = logging.getLogger(__name__)

PAUSE_AFTER_ERROR_S = 1.0


class Runner:
    def __init__(self, job: Job, now: Callable[[], int] = utcnow) -> None:
        self.job = job
        self._now = now
        self._wake = threading.Event()
        self._wake.set()
        self._stop = threading.Event()
        self._busy_since: float | None = None
        self._failing = False
        self._due = time.monotonic()
        self._woken: float | None = None
        self._last: tuple[int, float, float] | None = None  # ended at, took and was late in ms
        self._thread = threading.Thread(target=self._loop, name=f"job-{job.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken = self._woken or time.monotonic()
        self._wake.set()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def join(self, timeout_s: float) -> bool:
        """Whether the loop has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stalled(self) -> bool:
        """The loop died, or one run takes longer than the job's limit."""
        if not self._thread.is_alive():
            return not self._stop.is_set()
        since = self._busy_since
        return since is not None and time.monotonic() - since > self.job.limit_ms / 1000

    def last_run(self) -> JobRun:
        since, job = self._busy_since, self.job
        ended_at, took_ms, late_ms = self._last or (None, None, None)
        running_ms = None if since is None else (time.monotonic() - since) * 1000
        return JobRun(
            job.name, job.every_ms, job.limit_ms, ended_at, took_ms, late_ms, running_ms, self._failing
        )

    def _loop(self) -> None:
        wait_s = 0.0
        while True:
            self._due = time.monotonic() + wait_s
            self._wake.wait(wait_s)
            if self._stop.is_set():
                return
            self._wake.clear()
            wait_s = self._run_once()
            self._stop.wait(self.job.gap_ms / 1000)

    def _run_once(self) -> float:
        """Run the job; returns the seconds until it runs again unless it is woken."""
        began = self._busy_since = time.monotonic()
        late_ms, self._woken = max(0.0, began - min(self._due, self._woken or began)) * 1000, None
        try:
            now = self._now()
            again = self.job.run(now)
        except peewee.OperationalError as error:
            # Locked, full, unreadable: the job itself is sound, so a traceback would say nothing.
            self._report(f"the store says {error}")
            return PAUSE_AFTER_ERROR_S
        except Exception:
            self._report("it failed", trace=True)
            return PAUSE_AFTER_ERROR_S
        finally:
            self._busy_since = None
            self._last = self._now(), (time.monotonic() - began) * 1000, late_ms
        self._failing = False
        latest = now + self.job.every_ms
        # The clock may have been set during the run: no wait is longer than the period.
        return min(max(0, min(again or latest, latest) - utcnow()), self.job.every_ms) / 1000

    def _report(self, why: str, *, trace: bool = False) -> None:
        # Once for a row of failures: the job is tried again every second.
        if not self._failing:
            log.error("job %s: %s; trying again every second", self.job.name, why, exc_info=trace)
        self._failing = True
