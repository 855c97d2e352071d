import random
import struct

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


@given(
    st.dictionaries(
        st.floats(-1e12, 1e12) | st.floats(1, 1000), st.integers(1, 2**40), min_size=1, max_size=60
    ),
    st.integers(1, 400),
)
def test_it_stores_any_sketch_and_adds_stored_ones_up(weighted: dict[float, int], dense: int) -> None:
    some: sketch.Counts = {}
    for value, count in weighted.items():
        some[sketch.bucket(value)] = some.get(sketch.bucket(value), 0) + count
    many = {index: 1 + index % 3 for index in range(dense, 2 * dense)}
    for counts in (some, many, some):
        assert sketch.decode(sketch.encode(counts)) == counts
    expected = dict(some)
    sketch.merge(expected, many)
    sketch.merge(expected, some)
    assert sketch.union(sketch.encode(counts) for counts in (some, many, some)) == expected


def test_it_reads_the_pairs_of_earlier_stores() -> None:
    pairs = struct.pack("<iIiIiI", -(2**31), 2, -7, 1, 300, 70_000)
    assert sketch.decode(pairs) == {sketch.bucket(0.0): 2, -7: 1, 300: 70_000}


def test_it_takes_few_bytes() -> None:
    noise = random.Random(7)
    assert len(sketch.encode(counted([noise.lognormvariate(4, 0.6) for _ in range(20)]))) < 50
    assert len(sketch.encode(counted([noise.lognormvariate(4, 0.6) for _ in range(2_000)]))) < 260


@given(st.lists(st.floats(-1e7, -0.001) | st.floats(0.001, 1e7), min_size=1, max_size=100))
def test_it_orders_negative_values_below_the_others(values: list[float]) -> None:
    exact = [sorted(values)[int(q * (len(values) - 1))] for q in (0.0, 0.5, 1.0)]
    for estimate, value in zip(sketch.quantiles(counted(values), (0.0, 0.5, 1.0)), exact, strict=True):
        assert estimate is not None and abs(estimate - value) <= 0.0100001 * abs(value)
