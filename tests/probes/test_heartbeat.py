from typing import Any

import pytest

from gamepilot_mon.probes import Task, heartbeat

NOW = 1_795_521_600_000
MINUTE = 60_000


def task(silent_ms: int | None, known: dict[str, Any] | None = None, **spec: int) -> Task:
    last = None if silent_ms is None else NOW - silent_ms
    return Task(spec, NOW, timeout_ms=1_000, observed_at=last, interval_ms=5 * MINUTE, known=known or {})


def test_it_is_unknown_before_the_first_ping() -> None:
    reading = heartbeat.probe.measure(task(None))
    assert reading is not None and reading.state == "unknown"


@pytest.mark.parametrize("silent_ms", [0, 5 * MINUTE, 6 * MINUTE])
def test_it_records_nothing_while_pings_are_on_time(silent_ms: int) -> None:
    assert heartbeat.probe.measure(task(silent_ms)) is None


@pytest.mark.parametrize(
    ("silent_ms", "spec", "words"),
    [
        (6 * MINUTE + 1, {}, "no ping for 6m"),
        (5 * MINUTE + 1500, {"grace_ms": 1_000}, "no ping for 5m1s"),
        (125 * MINUTE, {}, "no ping for 2h5m"),
    ],
)
def test_it_is_down_when_the_ping_is_later_than_interval_and_grace(
    silent_ms: int, spec: dict[str, int], words: str
) -> None:
    reading = heartbeat.probe.measure(task(silent_ms, **spec))
    assert reading is not None
    assert (reading.state, reading.error) == ("down", words)


@pytest.mark.parametrize("silent_ms", [None, 7 * MINUTE])
@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"failed_at": NOW - 16_000}, "reported a failure 16s ago"),
        ({"failed_at": NOW - 16_000, "exit_code": 3}, "ended 16s ago with exit code 3"),
        ({"failed_at": NOW + 16_000}, "reported a failure 1s ago"),
    ],
)
def test_what_was_reported_stays_the_reason(silent_ms: int | None, known: dict[str, int], words: str) -> None:
    reading = heartbeat.probe.measure(task(silent_ms, known))
    assert reading is not None
    assert (reading.state, reading.error) == ("down", words)
    assert reading.data == known | ({} if silent_ms is None else {"last_ping_at": NOW - silent_ms})
