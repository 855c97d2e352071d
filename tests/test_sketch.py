import random

from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon import sketch


def counted(values: list[float]) -> sketch.Counts:
    counts: sketch.Counts = {}
    for value in values:
        index = sketch.bucket(value)
        counts[index] = counts.get(index, 0) + 1
    return counts


@given(st.lists(st.floats(min_value=0.001, max_value=1e7), min_size=1, max_size=300))
def test_it_is_within_one_percent_of_the_exact_rank(values: list[float]) -> None:
    wanted = [0.0, 0.5, 0.95, 0.99, 1.0]
    exact = [sorted(values)[int(q * (len(values) - 1))] for q in wanted]
    for estimate, value in zip(sketch.quantiles(counted(values), wanted), exact, strict=True):
        assert estimate is not None
        assert abs(estimate - value) <= 0.0100001 * value


def test_it_merges_to_the_sketch_of_the_union() -> None:
    noise = random.Random(7)
    first = [noise.lognormvariate(4, 1) for _ in range(500)]
    second = [noise.lognormvariate(6, 1) for _ in range(500)]
    merged = counted(first)
    sketch.merge(merged, counted(second))
    assert merged == counted(first + second)


def test_it_survives_being_stored() -> None:
    counts = counted([0.0, 0.5, 3.0, 3.0, 1e6])
    assert sketch.decode(sketch.encode(counts)) == counts


def test_it_has_no_quantiles_without_samples() -> None:
    assert sketch.quantiles({}, [0.5, 0.99]) == [None, None]


def test_it_keeps_zero_as_zero() -> None:
    assert sketch.quantiles(counted([0.0, 0.0, 0.0]), [0.5]) == [0.0]
