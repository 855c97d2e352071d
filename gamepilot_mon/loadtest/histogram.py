"""Percentiles of many times in little memory: buckets that are 2 % wide, so a percentile is within 2 %."""

import math
from collections import Counter

_WIDTH = math.log(1.02)
_LEAST = 0.01  # ms


class Histogram:
    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.worst = 0.0

    def add(self, value_ms: float) -> None:
        self._buckets[int(math.log(max(value_ms, _LEAST) / _LEAST) / _WIDTH)] += 1
        self.count += 1
        self.worst = max(self.worst, value_ms)

    def merge(self, other: "Histogram") -> None:
        self._buckets += other._buckets
        self.count += other.count
        self.worst = max(self.worst, other.worst)

    def percentile(self, share: float) -> float | None:
        """None without a value."""
        rank = math.ceil(share * self.count)
        for bucket in sorted(self._buckets):
            rank -= self._buckets[bucket]
            if rank <= 0:
                return min(_LEAST * math.exp((bucket + 0.5) * _WIDTH), self.worst)
        return None

    def summary(self) -> dict[str, float | int | None]:
        """{"count", "p50", "p95", "p99", "max"} in ms."""
        marks = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        found = {name: _rounded(self.percentile(share)) for name, share in marks.items()}
        return {"count": self.count, **found, "max": _rounded(self.worst) if self.count else None}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
