"""What the stages say of the machine."""

import pytest

from gamepilot_mon.loadtest.capacity import Estimate, Point, estimate


def points(*measured: tuple[int, float | None, float | None]) -> list[Point]:
    return [Point(clients, latency, cpu, lost=False) for clients, latency, cpu in measured]


@pytest.mark.parametrize(
    ("measured", "found"),
    [
        (points((100, 10, 0.1), (200, 20, 0.1)), Estimate(400, True, "not reached")),
        (points((100, 20, 0.1), (1000, 110, 0.2)), Estimate(1400, False, "latency")),
        (points((100, 10, 0.1), (1000, 20, 0.7)), Estimate(1100, False, "processor")),
        (points((100, 50, None), (200, 250, None)), Estimate(150, False, "latency")),
        (points((100, 200, 0.1), (200, 20, 0.1)), Estimate(400, True, "not reached")),
        (points((100, 200, 0.1)), Estimate(None, False, "latency")),
        (points((100, None, 0.1)), Estimate(None, False, "nothing measured")),
        ([], Estimate(None, False, "nothing measured")),
        (points((100, 10, 0.1)), Estimate(200, True, "not reached")),
    ],
)
def test_it_estimates(measured: list[Point], found: Estimate) -> None:
    assert estimate(measured, 150) == found


def test_it_does_not_count_a_stage_that_lost_items() -> None:
    lossy = Point(200, 10, 0.1, lost=True)
    assert estimate([Point(100, 10, 0.1, lost=False), lossy], 150) == Estimate(100, False, "losses")
