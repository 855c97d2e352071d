"""Error hours: how many errors of a group happened in an hour."""

import peewee

from gamepilot_mon.models.record import Record


class ErrorHour(Record):
    group_id = peewee.IntegerField()
    hour = peewee.BigIntegerField()  # its start, epoch ms
    count = peewee.IntegerField()

    class Meta:
        primary_key = peewee.CompositeKey("group_id", "hour")
