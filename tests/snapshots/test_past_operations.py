"""What a time that is over is kept for: the minute, and no longer."""

from pathlib import Path

import pytest

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from gamepilot_mon.snapshots import operations
from tests.recordings import record

NOW = 1_795_000_000_000 - 1_795_000_000_000 % HOUR_MS + 30 * MINUTE_MS + 5 * SECOND_MS


def yesterday(now: int) -> int:
    found = operations.compared(now, 24)["login"]["compare"]["yesterday"]
    return int(found["totalOperations"]) if found else 0


@pytest.mark.usefixtures("store")
def test_what_came_late_counts_from_the_next_minute_on() -> None:
    labels = {"operation": "login"}
    record("operation_duration_ms", {NOW - MINUTE_MS: [20.0], NOW - DAY_MS - 2 * HOUR_MS: [20.0]}, labels)
    assert yesterday(NOW) == 1
    record("operation_duration_ms", {NOW - DAY_MS - 3 * HOUR_MS: [20.0, 30.0]}, labels)
    assert yesterday(NOW + 50 * SECOND_MS) == 1
    assert yesterday(NOW + 55 * SECOND_MS) == 3


def test_each_store_has_its_own(store: Path) -> None:
    record("operation_duration_ms", {NOW - MINUTE_MS: [20.0]}, {"operation": "login"})
    assert yesterday(NOW) == 0
