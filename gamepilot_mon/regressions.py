"""Regressions: which operations a change made slower or less reliable, by tests that small samples do not fool. Pure.

Durations are compared by the Mann-Whitney U test with correction for ties, which asks no shape of the distributions:
U / (n1 n2) is the probability that a call after is slower than one before. The share of failures is compared by the
two-proportion z test. As many operations are tested at once, each must pass at ALPHA divided by the number of tests
(Bonferroni), and the difference must matter as well as be certain: with enough calls any is certain.

Source: Mann and Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other",
Annals of Mathematical Statistics 18 (1947).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gamepilot_mon import sketch
from gamepilot_mon.bucket import Bucket

ALPHA = 0.01
MIN_SAMPLES = 30  # on each side
MIN_FAILURES = 5  # on both sides together, for the z test to hold
SLOWER = 0.56  # the probability that makes a small difference (Cohen's d of 0.2)
CHANGED = 1.10  # the ratio of means or medians from which a difference matters
FAILING = 0.005  # the rise of the share of failures from which a difference matters


@dataclass(frozen=True, slots=True)
class Sample:
    """The calls of one operation on one side of the change."""

    durations: Bucket
    failures: int = 0

    @property
    def failed(self) -> float:
        return self.failures / self.durations.count


@dataclass(frozen=True, slots=True)
class Finding:
    """`probability` that a call after is slower than one before; p values are one-sided."""

    operation: str
    before: Sample
    after: Sample
    probability: float
    slower_p: float
    failing_p: float
    slower: bool
    failing: bool

    @property
    def ratio(self) -> float | None:
        """How many times as long a call takes in the middle."""
        before, after = self._median(self.before), self._median(self.after)
        return after / before if before else None

    @property
    def severity(self) -> float:
        return max(self.after.failed - self.before.failed, 0.0) * 10 + max(math.log(self.ratio or 1.0), 0.0)

    @staticmethod
    def _median(sample: Sample) -> float:
        return sketch.quantiles(sample.durations.counts, [0.5])[0] or 0.0


def find(before: Mapping[str, Sample], after: Mapping[str, Sample]) -> list[Finding]:
    """What was compared, the worst regression first. Operations with too few calls on a side are left out."""
    names = [
        name
        for name in sorted(before.keys() & after.keys())
        if min(before[name].durations.count, after[name].durations.count) >= MIN_SAMPLES
    ]
    alpha = ALPHA / max(1, 2 * len(names))
    found = [_finding(name, before[name], after[name], alpha) for name in names]
    return sorted(found, key=lambda one: (not (one.slower or one.failing), -one.severity, one.operation))


def _finding(operation: str, before: Sample, after: Sample, alpha: float) -> Finding:
    probability, slower_p = mann_whitney(before.durations.counts, after.durations.counts)
    failing_p = proportions(before.failures, before.durations.count, after.failures, after.durations.count)
    ratio = (after.durations.mean or 0.0) / before.durations.mean if before.durations.mean else 1.0
    return Finding(
        operation, before, after, probability, slower_p, failing_p,
        slower=slower_p < alpha and probability >= SLOWER and ratio >= CHANGED,
        failing=failing_p < alpha and after.failed - before.failed >= FAILING,
    )  # fmt: skip


def mann_whitney(before: sketch.Counts, after: sketch.Counts) -> tuple[float, float]:
    """(probability that a value of `after` is greater, p of its being no more than chance), ties counted half."""
    first, second = sum(before.values()), sum(after.values())
    smaller, wins, ties = 0, 0.0, 0
    for index in sorted(before.keys() | after.keys()):
        here, there = before.get(index, 0), after.get(index, 0)
        wins += there * (smaller + here / 2)
        smaller += here
        ties += (here + there) ** 3 - (here + there)
    total = first + second
    variance = first * second / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 0.5, 1.0
    score = (wins - first * second / 2) / math.sqrt(variance)
    return wins / (first * second), _above(score)


def proportions(failed_before: int, before: int, failed_after: int, after: int) -> float:
    """p of a rise of the share that is no more than chance; 1 when too few failed to tell."""
    if failed_before + failed_after < MIN_FAILURES:
        return 1.0
    together = (failed_before + failed_after) / (before + after)
    variance = together * (1 - together) * (1 / before + 1 / after)
    if variance <= 0:
        return 1.0
    return _above((failed_after / after - failed_before / before) / math.sqrt(variance))


def _above(score: float) -> float:
    return math.erfc(score / math.sqrt(2)) / 2
