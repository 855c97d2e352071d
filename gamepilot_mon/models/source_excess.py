"""Sources that want more series than they may have, and when they last did."""

import peewee

from gamepilot_mon.models.record import Record


class SourceExcess(Record):
    source = peewee.TextField(primary_key=True)
    name = peewee.TextField()
    at = peewee.BigIntegerField()
    count = peewee.BigIntegerField()  # events since the source last kept to its limit

    @classmethod
    def add(cls, source: str, name: str, count: int, now: int) -> None:
        """So many events of the source went beyond its limit, inside the caller's write()."""
        cls.insert(source=source, name=name, at=now, count=count).on_conflict(
            conflict_target=[cls.source], update={cls.at: now, cls.count: cls.count + count}
        ).execute()
