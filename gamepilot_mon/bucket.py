"""Buckets: what was measured of one series in one stretch of time. Pure; they merge by adding."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gamepilot_mon import sketch


@dataclass(slots=True)
class Bucket:
    """What was measured in one bucket, or in a window of them."""

    count: int = 0
    sum: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")
    counts: sketch.Counts = field(default_factory=dict)

    @classmethod
    def of(cls, values: Sequence[float]) -> "Bucket":
        """`values` must not be empty."""
        counts: sketch.Counts = {}
        for value in values:
            index = sketch.bucket(value)
            counts[index] = counts.get(index, 0) + 1
        return cls(len(values), sum(values), min(values), max(values), counts)

    def add(self, value: float, index: int) -> None:
        """`index` is the value's sketch.bucket(): the same for every bucket that it falls into."""
        self.count += 1
        self.sum += value
        self.min = min(self.min, value)
        self.max = max(self.max, value)
        self.counts[index] = self.counts.get(index, 0) + 1

    def merge(self, other: "Bucket") -> None:
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)
        sketch.merge(self.counts, other.counts)

    @property
    def mean(self) -> float | None:
        return self.sum / self.count if self.count else None
