"""Figures: numbers as geometry."""

import pytest

from gamepilot_mon.web.pages import figures


def test_it_draws_values_on_a_scale_from_zero() -> None:
    drawn = figures.bars([0, 5, 10, None], ["a", "b", "c", "d"], width=40, height=20)
    assert [(bar.height, bar.empty) for bar in drawn.bars] == [(1, True), (10, False), (20, False), (1, True)]
    assert [bar.y + bar.height for bar in drawn.bars] == [20, 20, 20, 20]


def test_it_draws_nothing_of_nothing() -> None:
    assert figures.bars([], [], width=10, height=10).bars == ()
    assert figures.line([1.0], width=10, height=10) == ""


def test_it_keeps_what_exceeds_the_scale_inside() -> None:
    [bar] = figures.bars([9], ["x"], width=10, height=20, most=3).bars
    assert bar.height == 20


@pytest.mark.parametrize(
    ("value", "most", "level"), [(None, 5, None), (0, 5, 0), (0.1, 5, 1), (5, 5, 5), (9, 5, 5), (0, 0, 0)]
)
def test_it_sorts_values_into_levels(value: float | None, most: float, level: int | None) -> None:
    assert figures.level(value, most) == level


def test_it_draws_a_line_between_the_lowest_and_the_highest() -> None:
    assert figures.line([1, 3, 2], width=20, height=24) == "0.0,22.0 10.0,2.0 20.0,12.0"
    assert figures.line([2, 2], width=10, height=24) == "0.0,12.0 10.0,12.0"
