"""A check that its target satisfies by calling us; looking at it only notices that no call came.

`Task.observed_at` is the newest ping. `spec["grace_ms"]` is how late a ping may be beyond the interval.
"""

from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, format_duration
from gamepilot_mon.probes import Reading, Task

GRACE_MS = MINUTE_MS


class HeartbeatProbe:
    kind = "heartbeat"

    def measure(self, task: Task) -> Reading | None:
        """None while the pings are on time: the ping itself was the observation."""
        if task.observed_at is None:
            return Reading("unknown", error="no ping yet")
        silent_ms = task.now - task.observed_at
        if silent_ms <= task.interval_ms + _grace_ms(task):
            return None
        return Reading(
            "down", error=f"no ping for {_rounded(silent_ms)}", data={"last_ping_at": task.observed_at}
        )


def _grace_ms(task: Task) -> int:
    grace = task.spec.get("grace_ms")
    return int(grace) if isinstance(grace, int | float) else GRACE_MS


def _rounded(ms: int) -> str:
    """Seconds below an hour, minutes above."""
    unit = SECOND_MS if ms < 60 * MINUTE_MS else MINUTE_MS
    return format_duration(ms - ms % unit) if ms >= unit else format_duration(ms)


probe = HeartbeatProbe()
