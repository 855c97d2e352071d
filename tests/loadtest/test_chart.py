"""The charts of the report."""

import re
from xml.etree import ElementTree

import pytest

from gamepilot_mon.loadtest.page import chart
from gamepilot_mon.loadtest.page.chart import Line


def levels(svg: str) -> list[str]:
    return re.findall(r'text-anchor="end">([^<]+)<', svg)


@pytest.mark.parametrize(
    ("highest", "shown"),
    [
        (3, ["0", "1", "2", "3", "4"]),
        (190, ["0", "50", "100", "150", "200"]),
        (0.07, ["0", "0.02", "0.04", "0.06", "0.08"]),
        (0, ["0", "5e-10", "1e-09", "1.5e-09"]),
    ],
)
def test_it_has_round_levels(highest: float, shown: list[str]) -> None:
    assert levels(chart.draw("ms", [Line("p99", "--mark", ((100, 0), (500, highest)))])) == shown


def test_it_writes_names_beside_the_ends_and_not_over_each_other() -> None:
    lines = [
        Line(name, "--mark", ((100, 1), (500, value))) for name, value in (("p95", 99.0), ("p99", 100.0))
    ]
    root = ElementTree.fromstring(chart.draw("ms", lines))
    heights = {text.text: float(text.get("y", "")) for text in root.iter("text")}
    assert heights["p95"] - heights["p99"] >= chart.NEAREST


def test_it_draws_one_stage_and_nothing_without_any() -> None:
    assert "<circle" in chart.draw("ms", [Line("p99", "--mark", ((100, 5.0),))])
    assert chart.draw("ms", [Line("p99", "--mark", ())]) == ""
