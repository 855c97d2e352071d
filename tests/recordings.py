"""What a metric recorded in the past, written straight into the store's buckets."""

from collections.abc import Mapping, Sequence

from gamepilot_mon import db, rollups
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.models import Series
from gamepilot_mon.rollups import rows
from gamepilot_mon.rollups.series import canonical, number_of


def record(
    metric: str, buckets: Mapping[int, Sequence[float]], labels: Mapping[str, str] | None = None,
    *, width: int = rollups.MINUTE,
) -> None:  # fmt: skip
    """`buckets`: by their start the values of each, which lasts for `width`; the hours are added."""
    hours: dict[int, Bucket] = {}
    found = []
    for start, values in buckets.items():
        bucket = Bucket.of(values)
        found.append((width, start, *rows.columns(bucket)))
        hours.setdefault(start - start % rollups.HOUR, Bucket()).merge(bucket)
    found += [(rollups.HOUR, start, *rows.columns(bucket)) for start, bucket in hours.items()]
    with db.write():
        number = _series(metric, tuple((labels or {}).items()))
        rows.put((number, *row) for row in found)


def _series(metric: str, labels: tuple[tuple[str, str], ...]) -> int:
    known = number_of(metric, canonical(labels))
    return int(Series.insert(metric=metric, labels=canonical(labels)).execute()) if known is None else known
