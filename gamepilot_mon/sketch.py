"""A mergeable quantile sketch with a relative error of 1 %.

DDSketch (Masson, Rim and Lee, VLDB 2019): a value v > 0 is counted in the bucket ceil(log_gamma(v)) with
gamma = (1 + a) / (1 - a); a bucket i stands for 2 * gamma**i / (gamma + 1), which is within a of every value
that it holds. Sketches of disjoint samples merge by adding counts.
"""

import math
import struct
from collections.abc import Iterable

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_LOG_GAMMA = math.log(GAMMA)
_ZERO = -(2**31)  # the bucket of values at or below the smallest positive one that is told apart
_SMALLEST = 1e-6
_PAIR = struct.Struct("<iI")

Counts = dict[int, int]


def bucket(value: float) -> int:
    return math.ceil(math.log(value) / _LOG_GAMMA) if value > _SMALLEST else _ZERO


def merge(into: Counts, other: Counts) -> None:
    for index, count in other.items():
        into[index] = into.get(index, 0) + count


def encode(counts: Counts) -> bytes:
    return b"".join(_PAIR.pack(index, count) for index, count in sorted(counts.items()))


def decode(blob: bytes | None) -> Counts:
    return dict(_PAIR.iter_unpack(blob)) if blob else {}


def quantiles(counts: Counts, wanted: Iterable[float]) -> list[float | None]:
    """The values at the `wanted` quantiles (0–1, ascending); None for each when nothing was counted."""
    ordered = sorted(counts.items())
    total = sum(counts.values())
    return [_at_rank(ordered, q * (total - 1)) if total else None for q in wanted]


def _at_rank(ordered: list[tuple[int, int]], rank: float) -> float:
    seen = 0
    for index, count in ordered:
        seen += count
        if seen > rank:
            return 0.0 if index == _ZERO else 2 * GAMMA**index / (GAMMA + 1)
    raise AssertionError("rank beyond the counted values")
