import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.jobs.probe import Schedule, after


def test_it_gives_what_is_due_in_order() -> None:
    schedule = Schedule()
    schedule.put(1, 300)
    schedule.put(2, 100)
    schedule.put(3, 900)
    assert schedule.pop_due(300) == [2, 1]
    assert schedule.next_due() == 900


def test_it_forgets_the_old_time_of_a_check_that_was_put_again() -> None:
    schedule = Schedule()
    schedule.put(1, 100)
    schedule.put(1, 500)
    assert schedule.pop_due(200) == []
    assert schedule.pop_due(500) == [1]


def test_it_starts_new_checks_at_once_and_drops_those_that_are_gone() -> None:
    schedule = Schedule()
    schedule.keep_only({1, 2}, 50)
    schedule.keep_only({2}, 60)
    assert schedule.pop_due(60) == [2]


@pytest.mark.parametrize(("due", "now", "expected"), [(0, 0, 30), (0, 29, 30), (0, 30, 60), (0, 1000, 1020)])
def test_it_keeps_in_step_and_skips_what_it_missed(due: int, now: int, expected: int) -> None:
    assert after(due, 30, now) == expected


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 10**9))
def test_the_next_time_is_in_the_future_in_step_and_within_one_interval(
    due: int, interval: int, late: int
) -> None:
    following = after(due, interval, due + late)
    assert due + late < following <= due + late + interval
    assert (following - due) % interval == 0
