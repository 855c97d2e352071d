"""Moving: buckets to another time, since the clock was set and windows are to see of them what they saw before."""

from typing import Any

from gamepilot_mon.bucket import Bucket
from gamepilot_mon.models import Cursor, Rollup, Series
from gamepilot_mon.rollups import rows
from gamepilot_mon.rollups.folding import REBUILT
from gamepilot_mon.rollups.rows import Key
from gamepilot_mon.rollups.tiers import WIDTHS


def move(by_ms: int, after: int, until: int | None = None) -> None:
    """Add the buckets that begin after `after`, at `until` at the latest, to those `by_ms` later (earlier when it is
    negative), inside the caller's write().
    """
    for series in [row.id for row in Series.select(Series.id)]:
        for width in WIDTHS:
            wanted = (Rollup.series_id == series) & (Rollup.width == width) & (Rollup.start > after)
            _move(wanted if until is None else wanted & (Rollup.start <= until), width, by_ms)
    Cursor.move(REBUILT, Cursor.read(REBUILT) + 1)  # what a folder remembers of them is no longer true


def _move(wanted: Any, width: int, by_ms: int) -> None:
    columns = (Rollup.series_id, Rollup.start)
    values = (Rollup.count, Rollup.sum, Rollup.min, Rollup.max, Rollup.sketch)
    found: Any = Rollup.select(*columns, *values).where(wanted).tuples()
    moved: dict[Key, Bucket] = {}
    for series, start, *stored in list(found):
        key = (series, width, (start + by_ms) // width * width)
        moved.setdefault(key, Bucket()).merge(rows.bucket(*stored))
    if moved:
        Rollup.delete().where(wanted).execute()
        for key, bucket in rows.stored(sorted(moved)):
            moved[key].merge(bucket)
        rows.put((*key, *rows.columns(bucket)) for key, bucket in sorted(moved.items()))
