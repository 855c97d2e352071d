"""Beside: an earlier line laid onto the steps of a later one. Pure.

What is long ago is kept in wider buckets, so the earlier line may have longer steps: each of them holds for all of
those that it covers, and the later line keeps its own.
"""

from bisect import bisect_right
from collections.abc import Sequence


def held(
    starts: Sequence[int], then: Sequence[int], step_ms: int, values: Sequence[float | None], back_ms: int
) -> list[float | None]:
    """For each of `starts` (epoch ms), the value of the step `back_ms` earlier; `then` are the starts of `values`."""
    return [_at(start - back_ms, then, step_ms, values) for start in starts]


def _at(
    moment: int, then: Sequence[int], step_ms: int, values: Sequence[float | None]
) -> float | None:  # fmt: skip
    place = bisect_right(then, moment) - 1
    if place < 0 or moment >= then[place] + step_ms:
        return None
    return values[place]
