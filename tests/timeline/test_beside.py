import pytest

from gamepilot_mon.clock import DAY_MS, MINUTE_MS
from gamepilot_mon.timeline.beside import held

STARTS = [DAY_MS + number * MINUTE_MS for number in range(6)]


@pytest.mark.parametrize(
    ("then", "step_ms", "values", "expected"),
    [
        ([n * MINUTE_MS for n in range(6)], MINUTE_MS, [1, 2, None, 4, 5, 6], [1, 2, None, 4, 5, 6]),
        ([0, 3 * MINUTE_MS], 3 * MINUTE_MS, [1.5, None], [1.5, 1.5, 1.5, None, None, None]),
        ([-2 * MINUTE_MS, 3 * MINUTE_MS], 5 * MINUTE_MS, [7, 8], [7, 7, 7, 8, 8, 8]),
        ([2 * MINUTE_MS], MINUTE_MS, [9], [None, None, 9, None, None, None]),
        ([], MINUTE_MS, [], [None] * 6),
    ],
    ids=["as fine", "coarser", "begins earlier", "known in part", "not kept"],
)
def test_it_holds_an_earlier_value_over_the_steps_that_it_covers(
    then: list[int], step_ms: int, values: list[float | None], expected: list[float | None]
) -> None:
    assert held(STARTS, then, step_ms, values, DAY_MS) == expected
