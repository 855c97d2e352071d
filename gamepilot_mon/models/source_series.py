"""Series by the source that made them: what its allowance is counted by."""

import peewee

from gamepilot_mon.models.record import Record


class SourceSeries(Record):
    source = peewee.TextField()  # as "token:7"
    series = peewee.TextField()
    seen_at = peewee.BigIntegerField()  # within a few hours

    class Meta:
        primary_key = peewee.CompositeKey("source", "series")

    @classmethod
    def of(cls, source: str) -> dict[str, int]:
        rows = cls.select(cls.series, cls.seen_at).where(cls.source == source)
        return {row.series: row.seen_at for row in rows}
