import pytest

from gamepilot_mon.breaker import FAILURES_TO_OPEN, free_at, is_open
from gamepilot_mon.pace import UNLIMITED, Pace

NOW = 1_790_000_000_000
SLACK = Pace(every_ms=1_000, burst=5)


def sent_within(pace: Pace, ms: int) -> int:
    """How many messages go when there is always one to send."""
    paced_until, sent = 0, 0
    for now in range(NOW, NOW + ms, 100):
        while pace.free_at(paced_until, now) <= now:
            paced_until, sent = pace.after(paced_until, now), sent + 1
    return sent


def test_it_lets_a_burst_through_and_then_one_a_second() -> None:
    assert sent_within(SLACK, 100) == 5
    assert sent_within(SLACK, 10_100) == 15


def test_it_earns_the_burst_again_by_silence() -> None:
    paced_until = NOW + 5_000
    assert SLACK.free_at(paced_until, NOW) == NOW + 1_000
    assert SLACK.free_at(paced_until, NOW + 5_000) <= NOW + 1_000


def test_it_is_not_silenced_by_a_clock_that_was_set_back() -> None:
    paced_until = NOW + 24 * 3_600_000
    assert SLACK.free_at(paced_until, NOW) <= NOW
    assert SLACK.after(paced_until, NOW) <= NOW + SLACK.every_ms * (SLACK.burst + 1)


def test_it_has_no_limit_where_none_is_wanted() -> None:
    assert UNLIMITED.free_at(UNLIMITED.after(0, NOW), NOW) <= NOW


@pytest.mark.parametrize(
    ("failures", "tried_at", "expected"),
    [
        (0, NOW, NOW),
        (FAILURES_TO_OPEN - 1, NOW, NOW),
        (FAILURES_TO_OPEN, NOW - 5_000, NOW + 10_000),
        (FAILURES_TO_OPEN, None, NOW),
        (FAILURES_TO_OPEN, NOW + 3_600_000, NOW),
    ],
)
def test_it_tries_a_broken_channel_now_and_then(failures: int, tried_at: int | None, expected: int) -> None:
    assert free_at(failures, tried_at, NOW) == expected
    assert is_open(failures) is (failures >= FAILURES_TO_OPEN)
