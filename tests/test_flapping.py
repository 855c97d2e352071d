import pytest

from gamepilot_mon.clock import MINUTE_MS
from gamepilot_mon.flapping import CALM_MS, SPAN_MS, TRANSITIONS, Flapping, flapping


def minutes(*values: float) -> list[int]:
    return [int(value * MINUTE_MS) for value in values]


SEVEN = minutes(0, 1, 2, 3, 4, 5, 6)
CASES = [
    ("nothing happened", [], 0, None),
    ("six changes are not too many", SEVEN[:6], 6, None),
    ("the seventh is", SEVEN, 6, Flapping(*minutes(6, 16), 7)),
    ("until it was calm for ten minutes", SEVEN, 15.9, Flapping(*minutes(6, 16), 7)),
    ("and not longer", SEVEN, 16, None),
    ("each change begins the calm anew", [*SEVEN, *minutes(15)], 20, Flapping(*minutes(6, 25), 8)),
    ("slow changes go on flapping", [*SEVEN, *minutes(15, 24, 33)], 34, Flapping(*minutes(6, 43), 5)),
    ("spread over more than the span they are not", minutes(0, 6, 12, 18, 24, 30, 36), 36, None),
    ("after a calm the count begins anew", [*SEVEN, *minutes(17, 18)], 18, None),
]  # fmt: skip


@pytest.mark.parametrize(("moments", "now", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_it_flaps(moments: list[int], now: float, expected: Flapping | None) -> None:
    assert flapping(moments, int(now * MINUTE_MS)) == expected


def test_it_has_the_constants_that_the_documentation_names() -> None:
    assert (TRANSITIONS, SPAN_MS, CALM_MS) == (6, 30 * MINUTE_MS, 10 * MINUTE_MS)
