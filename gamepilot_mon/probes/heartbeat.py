"""A check that its target satisfies by calling us; looking at it only notices that no call came.

`Task.observed_at` is the newest good ping, `Task.known` what the newest ping said. `spec["grace_ms"]` is how late a
ping may be beyond the interval. A failure that was reported stays the reason until the next good ping.
"""

from typing import Any

from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, format_duration
from gamepilot_mon.probes import FAILED_AT, Reading, Task

GRACE_MS = MINUTE_MS


class HeartbeatProbe:
    kind = "heartbeat"

    def measure(self, task: Task) -> Reading | None:
        """None while the pings are on time: the ping itself was the observation."""
        failed_at = task.known.get(FAILED_AT)
        if task.observed_at is None:
            return Reading("unknown", error="no ping yet") if failed_at is None else _failed(task, failed_at)
        silent_ms = task.now - task.observed_at
        if silent_ms <= task.interval_ms + _grace_ms(task):
            return None
        if failed_at is not None:
            return _failed(task, failed_at)
        return Reading("down", error=f"no ping for {_rounded(silent_ms)}", data=_seen(task))


def failure(exit_code: int | None, ago: str = "") -> str:
    """What a ping that reports a failure says; `ago` is the time since then."""
    return f"ended{ago} with exit code {exit_code}" if exit_code else f"reported a failure{ago}"


def _failed(task: Task, failed_at: int) -> Reading:
    # The clock may have been set back behind the report.
    ago = f" {_rounded(max(SECOND_MS, task.now - failed_at))} ago"
    return Reading(
        "down", error=failure(task.known.get("exit_code"), ago), data={**task.known, **_seen(task)}
    )


def _seen(task: Task) -> dict[str, Any]:
    return {} if task.observed_at is None else {"last_ping_at": task.observed_at}


def _grace_ms(task: Task) -> int:
    grace = task.spec.get("grace_ms")
    return int(grace) if isinstance(grace, int | float) else GRACE_MS


def _rounded(ms: int) -> str:
    """Seconds below an hour, minutes above."""
    unit = SECOND_MS if ms < 60 * MINUTE_MS else MINUTE_MS
    return format_duration(ms - ms % unit) if ms >= unit else format_duration(ms)


probe = HeartbeatProbe()
