"""Error users: who met an error of a group."""

import peewee

from gamepilot_mon.models.record import Record


class ErrorUser(Record):
    group_id = peewee.IntegerField()
    user = peewee.TextField()

    class Meta:
        primary_key = peewee.CompositeKey("group_id", "user")
