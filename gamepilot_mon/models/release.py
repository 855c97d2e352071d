"""Releases: which version of the app was deployed when; they outlive the events that told of them."""

import peewee

from gamepilot_mon.models.record import Record


class Release(Record):
    event_id = peewee.BigIntegerField(primary_key=True)
    at = peewee.BigIntegerField(index=True)
    version = peewee.TextField()

    @classmethod
    def ordered(cls) -> list["Release"]:
        return list(cls.select().order_by(cls.at, cls.event_id))
