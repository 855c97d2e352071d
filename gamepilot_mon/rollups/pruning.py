"""Pruning: the buckets that are past the keep of their tier."""

from gamepilot_mon.models import Rollup, Series
from gamepilot_mon.rollups.tiers import KEPT_MS, oldest


def prune(now: int, *, limit: int = 5_000) -> int:
    """Delete up to about `limit` buckets that are past their keep, inside the caller's write().

    Series by series: (series, width, start) is the key, so each delete is one short range of it.
    """
    deleted = 0
    for series in [row.id for row in Series.select(Series.id)]:
        for width in KEPT_MS:
            over = Rollup.start <= oldest(width, now) - width
            old = (Rollup.series_id == series) & (Rollup.width == width) & over
            deleted += Rollup.delete().where(old).execute()
        if deleted >= limit:
            break
    return deleted
