import random

import pytest

from gamepilot_mon.loadtest.histogram import Histogram


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 0.99, 1.0])
def test_it_is_within_two_percent(share: float) -> None:
    draw = random.Random(1)
    values = sorted(draw.lognormvariate(3, 1) for _ in range(5000))
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = values[max(round(share * len(values)) - 1, 0)]
    assert histogram.percentile(share) == pytest.approx(exact, rel=0.02)


def test_it_says_nothing_without_a_value() -> None:
    assert Histogram().summary() == {"count": 0, "p50": None, "p95": None, "p99": None, "max": None}
