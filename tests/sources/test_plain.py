import math

import pytest

from gamepilot_mon.sources import plain


@pytest.mark.parametrize(
    ("value", "name"), [(" a\n b ", "a b"), ("", None), (None, None), (7, "7"), ([], None), ("x" * 300, "x" * 200)],
    ids=["spaced", "empty", "none", "number", "list", "long"],
)  # fmt: skip
def test_it_makes_names_of_one_line(value: object, name: str | None) -> None:
    assert plain.name(value) == name


def test_it_bounds_text_number_and_depth() -> None:
    deep: list[object] = []
    for _ in range(50):
        deep = [deep]
    found = plain.kept([
        ("long", "x" * 5_000), ("nan", math.nan), ("huge", 2**70), ("deep", deep), ("none", None),
        *((str(n), n) for n in range(100)),
    ])  # fmt: skip

    assert len(found) == plain.VALUES_MAX
    assert len(found["long"]) == plain.VALUE_MAX
    assert (found["nan"], found["huge"]) == ("nan", str(2**70))
    assert found["deep"] == [[[["…"]]]]
    assert "none" not in found


@pytest.mark.parametrize("value", [math.nan, math.inf, True, "1", None, 10**400])
def test_it_takes_no_number_that_is_none(value: object) -> None:
    assert plain.number(value) is None
