"""Error versions: in which versions of the app a group was seen."""

import peewee

from gamepilot_mon.models.record import Record


class ErrorVersion(Record):
    group_id = peewee.IntegerField()
    version = peewee.TextField()
    count = peewee.IntegerField()
    first_seen = peewee.BigIntegerField()
    last_seen = peewee.BigIntegerField()

    class Meta:
        primary_key = peewee.CompositeKey("group_id", "version")
