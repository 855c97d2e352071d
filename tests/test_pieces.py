import pytest

from gamepilot_mon import pieces


@pytest.mark.parametrize(
    ("size", "took_ms", "next_size"),
    [(1_000, 20, 1_000), (1_000, 40, 500), (1_000, 400, 500), (1_000, 15, 1_333), (1_000, 1, 2_000),
     (1_000, 0, 2_000), (300, 400, pieces.LEAST), (15_000, 1, pieces.MOST)],
)  # fmt: skip
def test_it_aims_at_a_time_and_not_at_a_number(size: int, took_ms: float, next_size: int) -> None:
    assert pieces.next_size(size, took_ms) == next_size


@pytest.mark.parametrize(
    ("took_ms", "late_ms", "pause"),
    [(20, 0, 20), (20, 700_000, 5), (80, 700_000, 20), (1, 0, 5), (900, 0, 200)],
)
def test_it_leaves_the_store_to_others_less_when_it_is_behind(
    took_ms: float, late_ms: float, pause: float
) -> None:
    assert pieces.pause_ms(took_ms, late_ms) == pause
