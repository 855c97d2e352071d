"""Clock watch: notices that the wall clock was set, before any job decides by it."""

import logging
import threading

from gamepilot_mon import clock_step, db
from gamepilot_mon.clock import elapsed, format_duration, utcnow

log = logging.getLogger(__name__)

REST_AFTER_MS = 2_000


class ClockWatch:
    """The wall clock is compared with one that cannot be set; the difference is a step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = _offset()
        self._missed = clock_step.since_last_life(utcnow())  # while no daemon ran
        self._rest: tuple[int, int] | None = None  # a step back, and when to look for its rest

    def now(self) -> int:
        """The time, once a step that led to it has been dealt with. Raises peewee.OperationalError."""
        with self._lock:
            offset = _offset()
            step = offset - self._offset + self._missed
            if abs(step) >= clock_step.LEAST_MS:
                self._carry(step)
                self._offset, self._missed = offset, 0
            elif self._rest is not None and elapsed() >= self._rest[1]:
                self._carry_rest(self._rest[0])
        return utcnow()

    def _carry(self, step: int) -> None:
        with db.write():
            clock_step.carry(step, utcnow())
        self._rest = (step, elapsed() + REST_AFTER_MS) if step < 0 else None
        direction = "back" if step < 0 else "forward"
        log.warning("the clock was set %s by %s", direction, format_duration(abs(step) // 1_000 * 1_000))

    def _carry_rest(self, step: int) -> None:
        with db.write():
            clock_step.carry_rest(step, utcnow())
        self._rest = None


def _offset() -> int:
    return utcnow() - elapsed()
