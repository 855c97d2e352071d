import pytest

from gamepilot_mon.moods import hyperloglog


def sketch(*spans: range) -> bytes:
    registers = hyperloglog.empty()
    for span in spans:
        hyperloglog.add(registers, (f"user-{n}" for n in span))
    return bytes(registers)


def test_it_counts_nobody() -> None:
    assert hyperloglog.estimate(sketch()) == 0


@pytest.mark.parametrize("count", [1, 10, 100, 1_000, 10_000, 50_000])
def test_it_counts_within_three_standard_errors(count: int) -> None:
    assert hyperloglog.estimate(sketch(range(count))) == pytest.approx(
        count, rel=3 * hyperloglog.STANDARD_ERROR, abs=1
    )


def test_it_counts_nobody_twice() -> None:
    assert sketch(range(500), range(250, 500)) == sketch(range(500))


def test_it_unites() -> None:
    parts = [sketch(range(300)), sketch(range(200, 600))]
    assert bytes(hyperloglog.union(parts)) == sketch(range(600))
