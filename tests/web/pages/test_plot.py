"""A chart in words, as a table and as what a script draws; key figures; the table of operations."""

import json
from typing import Any

import pytest

from gamepilot_mon.clock import MINUTE_MS, SECOND_MS, iso
from gamepilot_mon.web.pages import operation_table
from gamepilot_mon.web.pages.key_figures import KeyFigure
from gamepilot_mon.web.pages.plot import Chart, Line, Summary, Threshold, linked, summary
from tests.histories import NOW


def chart(**changes: Any) -> Chart:
    values = {
        "id": "success", "title": "Success", "unit": "ratio", "times": [NOW - MINUTE_MS, NOW], "step_ms": MINUTE_MS,
        "since": NOW - MINUTE_MS, "until": NOW + MINUTE_MS, "compare": "yesterday",
        "lines": [Line("Success", [0.98765432, None], [None, 1.0], "/api/v1/metrics?name=success_rate")], **changes,
    }  # fmt: skip
    return Chart(**values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Summary()), ([None, None], Summary()), ([5.0], Summary(5.0, 5.0, 5.0, None)),
        ([1.0, None, 2.0], Summary(1.0, 2.0, 2.0, "rising")), ([4, 4, 3, 1], Summary(1, 4, 1, "falling")),
        ([100, 101, 99, 103], Summary(99, 103, 103, "steady")), ([0, 0, 0, 0], Summary(0, 0, 0, "steady")),
        ([-2, -1], Summary(-2, -1, -1, "rising")),
        ([0, 0, 0, 3, 0, 0, 0], Summary(0, 3, 0, None)), ([0, 0, 0, 0, 0, 3, 0], Summary(0, 3, 0, None)),
        ([1, 1, 2, 3, 5, 5], Summary(1, 5, 5, "rising")), ([5, 5, 5, 1, 1, 4], Summary(1, 5, 4, None)),
    ],
)  # fmt: skip
def test_it_says_in_a_few_numbers_how_a_line_runs(values: list[float | None], expected: Summary) -> None:
    assert summary(values) == expected


def test_it_lists_the_newest_first_and_gaps_as_gaps() -> None:
    shown = chart()
    assert shown.columns == [("Success", None), ("Success", "yesterday")]
    assert list(shown.rows) == [("2026-11-24 12:00", ["—", "100"]), ("2026-11-24 11:59", ["98.77", "—"])]


def test_it_names_seconds_where_steps_are_shorter_than_a_minute() -> None:
    assert next(iter(chart(step_ms=10 * SECOND_MS).rows))[0] == "2026-11-24 12:00:00"


def test_it_hands_a_script_what_it_draws() -> None:
    marks = [{"kind": "alert", "at": iso(NOW), "text": "x" * 1_000, "id": 7, "severity": "critical"}]
    found = json.loads(chart(thresholds=[Threshold("warning", 0.95, True)], marks=marks).points)
    assert found["times"] == [NOW / 1000 - 60, NOW / 1000] and found["step"] == 60
    assert found["lines"] == [{"label": "Success", "values": [0.987654, None], "compare": [None, 1.0]}]
    assert found["thresholds"] == [{"severity": "warning", "value": 0.95, "text": ""}]
    [mark] = found["marks"]
    assert mark["at"] == NOW / 1000 and len(mark["text"]) == 160 and mark["href"] is None


def test_a_mark_leads_to_what_it_stands_for() -> None:
    marks = [{"kind": "alert", "id": 7}, {"kind": "config", "id": 3}, {"kind": "deploy"}]
    assert [each["href"] for each in linked(marks)] == ["/alerts/7", "/config-versions?to=3", None]


def test_it_is_empty_without_a_single_value() -> None:
    assert chart(lines=[Line("Success", [None, None])]).empty and not chart().empty


@pytest.mark.parametrize(
    ("form", "value", "then", "better", "change", "verdict"),
    [
        ("ms", 150.0, 100.0, "lower", 0.5, "worse"), ("ms", 50.0, 100.0, "lower", -0.5, "better"),
        ("ms", 101.0, 100.0, "lower", 0.01, "steady"), ("count", 200.0, 100.0, "neither", 1.0, "changed"),
        ("ratio", 0.96, 0.98, "higher", -0.02, "worse"), ("ratio", 0.981, 0.98, "higher", 0.001, "steady"),
        ("count", 3.0, 0.0, "lower", None, "worse"), ("count", 0.0, 0.0, "lower", 0.0, "steady"),
        ("ms", None, 100.0, "lower", None, None), ("ms", 100.0, None, "lower", None, None),
    ],
)  # fmt: skip
def test_it_judges_a_key_figure_against_the_earlier_one(
    form: str, value: float | None, then: float | None, better: Any, change: float | None, verdict: str | None
) -> None:
    found = KeyFigure("Mean", form, value, then, better, "durations")
    assert found.verdict == verdict
    assert found.change == (None if change is None else pytest.approx(change))


def rows() -> list[dict[str, Any]]:
    figures = {"b": (10, 30.0, 20.0), "a": (30, 10.0, None), "C": (20, 20.0, 40.0)}
    return operation_table.rows({
        name: {
            "totalOperations": count, "avgDuration": mean, "successRate": 1.0, "slowOperations": 0,
            "compare": {"avgDuration": then} if then else None,
        }
        for name, (count, mean, then) in figures.items()
    })  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("", "aCb"), ("operation", "abC"), ("-operation", "Cba"), ("mean", "aCb"), ("-change", "bCa"), ("change", "Cba"),
     ("rumour", "aCb")],
)  # fmt: skip
def test_it_sorts_operations_with_what_is_unknown_last(sort: str, expected: str) -> None:
    found = operation_table.table(rows(), operation_table.wanted({"sort": sort}))
    assert "".join(row["operation"] for row in found.shown) == expected


def test_it_turns_the_order_at_a_second_click() -> None:
    by_mean = operation_table.wanted({"sort": "-mean"})
    assert (by_mean.sorted_by("mean"), by_mean.sorted_by("p95"), by_mean.sorted_by("operation")) == (
        "mean", "-p95", "operation",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("page", "shown"), [("1", 1), ("2", 2), ("99", 3), ("0", 1), ("-1", 1), ("²", 1), ("9" * 9, 1)]
)
def test_it_shows_a_page_that_there_is(page: str, shown: int) -> None:
    every = [{**rows()[0], "operation": f"op {number:03}"} for number in range(2 * operation_table.PAGE + 1)]
    found = operation_table.table(every, operation_table.wanted({"page": page}))
    assert (found.page, found.pages, found.found) == (shown, 3, len(every))


def test_it_finds_a_part_of_a_name_in_any_case() -> None:
    found = operation_table.table(rows(), operation_table.wanted({"q": " c "}))
    assert [row["operation"] for row in found.shown] == ["C"] and (found.found, found.all) == (1, 3)
