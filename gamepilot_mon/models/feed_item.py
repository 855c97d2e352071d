"""The numbered log of everything visible; ids rise by one and are never reused."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class FeedItem(Record):
    id = AutoIncrementField()
    event = peewee.TextField()
    topic = peewee.TextField()
    at = peewee.BigIntegerField(index=True)
    data = peewee.TextField()  # JSON, encoded once
