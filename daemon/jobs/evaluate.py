"""Evaluate: judge the rules when data, alerts or configuration changed, and at every check interval.

Where data arrives all the time, it would begin anew as soon as it is done. It therefore rests after each run for three
times the CPU time that this took: at most a quarter of a core, however many rules there are. With the six built-in ones
that is some 50 ms; with 5,000 stored ones, of which a run takes half a second, one and a half.
"""

import time

from daemon.jobs import Context
from gamepilot_mon.evaluation import evaluate

LEAST_GAP_MS = 50
LONGEST_GAP_MS = 5_000
REST = 3.0


class Evaluate:
    name = "evaluate"
    limit_ms = 60_000
    wakes_on = frozenset({"rollups", "checks", "config", "rules", "silences", "alerts"})

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self.every_ms = context.settings.check_interval_ms
        self.gap_ms = LEAST_GAP_MS

    def run(self, now: int) -> int | None:
        # The CPU time of this thread: what others took meanwhile must not make alerts late.
        begun = time.thread_time()
        try:
            return evaluate(self._settings, now)
        finally:
            self.gap_ms = gap_ms(time.thread_time() - begun)


def gap_ms(cpu_s: float) -> int:
    """How long to rest after a run that took `cpu_s`."""
    return int(min(max(cpu_s * 1000 * REST, LEAST_GAP_MS), LONGEST_GAP_MS))
