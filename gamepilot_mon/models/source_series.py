"""Series by the source that made them: what its allowance is counted by."""

from collections.abc import Sequence

import peewee

from gamepilot_mon.models.record import Record

AT_ONCE = 500  # rows an insert


class SourceSeries(Record):
    source = peewee.TextField()  # as "token:7"
    series = peewee.TextField()
    seen_at = peewee.BigIntegerField()  # within a few hours

    class Meta:
        primary_key = peewee.CompositeKey("source", "series")

    @classmethod
    def remember(cls, source: str, series: Sequence[str], now: int) -> None:
        """That the source has them, inside the caller's write()."""
        rows = [(source, one, now) for one in series]
        for start in range(0, len(rows), AT_ONCE):
            cls.insert_many(rows[start : start + AT_ONCE]).on_conflict_replace().execute()

    @classmethod
    def of(cls, source: str) -> dict[str, int]:
        rows = cls.select(cls.series, cls.seen_at).where(cls.source == source)
        return {row.series: row.seen_at for row in rows}
