"""Clock watch: notices that the wall clock was set, before any job decides by it."""

import logging
import threading

from gamepilot_mon import clock_step, db
from gamepilot_mon.clock import elapsed, format_duration, utcnow

log = logging.getLogger(__name__)


class ClockWatch:
    """The wall clock is compared with one that cannot be set; the difference is a step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = _offset()
        self._pending = clock_step.since_last_life(utcnow())

    def now(self) -> int:
        """The time, once a step that led to it has been dealt with. Raises peewee.OperationalError."""
        with self._lock:
            offset = _offset()
            step = offset - self._offset + self._pending
            if abs(step) >= clock_step.LEAST_MS:
                now = utcnow()
                with db.write():
                    clock_step.carry(step, now)
                log.warning(
                    "the clock was set %s by %s", "back" if step < 0 else "forward", _whole(abs(step))
                )
                self._offset, self._pending = offset, 0
        return utcnow()


def _offset() -> int:
    return utcnow() - elapsed()


def _whole(ms: int) -> str:
    return format_duration(ms - ms % 1_000)
