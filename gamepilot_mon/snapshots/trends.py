"""The small lines of the overview: the last hour, minute by minute."""

from typing import Any

from gamepilot_mon import rollups
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS
from gamepilot_mon.rollups import MINUTE

Points = list[tuple[int, float | None]]


def build(now: int) -> dict[str, Points]:
    """{name: [(epoch ms, value)]}; None where the minute has no operations."""
    first = now - HOUR_MS
    operations = rollups.buckets("operation_duration_ms", MINUTE, first)
    failures = rollups.buckets("operation_failures", MINUTE, first)
    errors = rollups.buckets("errors", MINUTE, first)
    minutes = range(first - first % MINUTE_MS + MINUTE_MS, now + 1, MINUTE_MS)
    lines: dict[str, Points] = {"error_rate": [], "response_time": [], "success_rate": [], "operations": []}
    for minute in minutes:
        for name, value in _values(minute, operations, failures, errors).items():
            lines[name].append((minute, value))
    return lines


def _values(minute: int, operations: Any, failures: Any, errors: Any) -> dict[str, float | None]:
    ran, took = operations.get(minute, (0, 0.0))
    if not ran:
        return {"error_rate": None, "response_time": None, "success_rate": None, "operations": None}
    failed = failures.get(minute, (0, 0.0))[0]
    bad = failed + errors.get(minute, (0, 0.0))[0]
    return {
        "error_rate": bad / ran,
        "response_time": took / ran,
        "success_rate": (ran - failed) / ran,
        "operations": float(ran),
    }
