import pytest

from gamepilot_mon import sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.queries import OPERATIONS, Query, window

SPAN = 300_000


def bucket(*values: float) -> Bucket:
    made = Bucket()
    for value in values:
        made.add(value, sketch.bucket(value))
    return made


TEN = {"depth": bucket(*range(1, 11))}


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("mean", 5.5),
        ("sum", 55),
        ("count", 10),
        ("min", 1),
        ("max", 10),
        ("last", 5.5),
        ("p50", 5),
        ("p99", 9),
    ],
)
def test_it_knows_each_statistic(statistic: str, value: float) -> None:
    found = window(Query(("depth",), statistic), TEN, SPAN)
    assert found.samples == 10 and found.value == pytest.approx(value, rel=0.011)


def test_it_knows_no_value_without_samples() -> None:
    for statistic in ("mean", "sum", "count", "min", "max", "last", "p50"):
        assert window(Query(("depth",), statistic), {}, SPAN).value is None


RAN = {OPERATIONS: bucket(*[10.0] * 40), "operation_failures": bucket(*[1.0] * 4), "errors": bucket(1, 1)}


@pytest.mark.parametrize(
    ("query", "value", "note"),
    [
        (Query(("operation_failures", "errors"), "ratio", OPERATIONS), 0.15, "4 failed and 2 errors in 40 operations"),
        (Query(("operation_failures",), "ratio", OPERATIONS, complement=True), 0.9, "4 failed in 40 operations"),
        (Query(("operation_failures",), "ratio", OPERATIONS, budget=0.01), 10, "4 failed in 40 operations"),
        (Query(("critical_errors",), "ratio", OPERATIONS), 0, "0 critical errors in 40 operations"),
        (Query(("depth",), "ratio", "missing"), None, "0 depth in 0 missing"),
    ],
)  # fmt: skip
def test_it_sets_one_figure_against_another(query: Query, value: float | None, note: str) -> None:
    found = window(query, RAN, SPAN)
    assert found.value == (None if value is None else pytest.approx(value)) and found.note == note


def test_one_is_singular() -> None:
    found = {OPERATIONS: bucket(10.0), "operation_failures": bucket(1.0), "errors": bucket(1)}
    rate = Query(("operation_failures", "errors"), "ratio", OPERATIONS)
    assert window(rate, found, SPAN).note == "1 failed and 1 error in 1 operation"
    assert window(Query((OPERATIONS,), "p95"), found, SPAN).note == "p95 of 1 operation"


def test_it_adds_up_amounts_of_your_own() -> None:
    found = {"good": bucket(17, 3), "all": bucket(10, 15)}
    assert window(Query(("good",), "ratio", "all", complement=True), found, SPAN).value == 0.2


def test_what_goes_wrong_is_0_where_something_ran_and_nothing_where_nothing_did() -> None:
    errors = Query(("errors",), "count")
    assert window(errors, {OPERATIONS: bucket(1, 2, 3)}, SPAN).value == 0
    assert window(errors, {}, SPAN).value is None
    assert window(errors, {"errors": bucket(1)}, SPAN).value == 1
