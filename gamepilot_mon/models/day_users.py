"""Day users: a sketch of who was active on a day (UTC), which counts them and names nobody."""

import peewee

from gamepilot_mon.models.record import Record


class DayUsers(Record):
    day = peewee.BigIntegerField(primary_key=True)  # its start, epoch ms
    registers = peewee.BlobField()
