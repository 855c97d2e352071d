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
        self._thread = threading.Thread(target=self._loop, name=f"job-{job.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
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

    def _loop(self) -> None:
        wait_s = 0.0
        while True:
            self._wake.wait(wait_s)
            if self._stop.is_set():
                return
            self._wake.clear()
            wait_s = self._run_once()
            self._stop.wait(self.job.gap_ms / 1000)

    def _run_once(self) -> float:
        """Run the job; returns the seconds until it runs again unless it is woken."""
        self._busy_since = time.monotonic()
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
        self._failing = False
        latest = now + self.job.every_ms
        # The clock may have been set during the run: no wait is longer than the period.
        return min(max(0, min(again or latest, latest) - utcnow()), self.job.every_ms) / 1000

    def _report(self, why: str, *, trace: bool = False) -> None:
        # Once for a row of failures: the job is tried again every second.
        if not self._failing:
            log.error("job %s: %s; trying again every second", self.job.name, why, exc_info=trace)
        self._failing = True
