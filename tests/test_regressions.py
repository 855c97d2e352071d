import random

from gamepilot_mon import regressions, sketch
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.regressions import Sample, mann_whitney


def sample(mean_ms: float, count: int = 500, failures: int = 0, seed: int = 1) -> Sample:
    draw = random.Random(seed)
    return Sample(Bucket.of([mean_ms * draw.lognormvariate(0, 0.5) for _ in range(count)]), failures)


def test_it_finds_what_became_slower_and_what_fails_more_often() -> None:
    before = {name: sample(100, seed=n) for n, name in enumerate(("same", "slow", "failing"))}
    after = {
        "same": sample(100, seed=7),
        "slow": sample(150, seed=8),
        "failing": sample(100, 500, 40, seed=9),
    }
    found = {one.operation: (one.slower, one.failing) for one in regressions.find(before, after)}
    assert found == {"same": (False, False), "slow": (True, False), "failing": (False, True)}
    first = regressions.find(before, after)[0]
    assert first.operation in ("slow", "failing")


def test_it_says_nothing_of_few_samples() -> None:
    assert regressions.find({"a": sample(100, 29)}, {"a": sample(900, 500)}) == []


def test_it_takes_no_certain_trifle_for_a_regression() -> None:
    [found] = regressions.find({"a": sample(100, 50_000)}, {"a": sample(103, 50_000, seed=2)})
    assert found.slower_p < 0.001 and not found.slower


def test_it_cries_wolf_rarely() -> None:
    before = {str(n): sample(100, 100, 2, seed=n) for n in range(200)}
    after = {str(n): sample(100, 100, 2, seed=1_000 + n) for n in range(200)}
    assert sum(one.slower or one.failing for one in regressions.find(before, after)) == 0


def test_the_probability_is_that_of_counting_all_pairs() -> None:
    draw = random.Random(3)
    first, second = ([draw.randrange(1, 9) * 10.0 for _ in range(40)] for _ in range(2))
    pairs = [(b > a) + (b == a) / 2 for a in first for b in second]
    probability, _ = mann_whitney(Bucket.of(first).counts, Bucket.of(second).counts)
    assert abs(probability - sum(pairs) / len(pairs)) < 1e-9


def test_equal_values_decide_nothing() -> None:
    same: sketch.Counts = {5: 100}
    assert mann_whitney(same, same) == (0.5, 1.0)
