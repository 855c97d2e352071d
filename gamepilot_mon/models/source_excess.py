"""Sources that want more series than they may have, and when they last did."""

import peewee

from gamepilot_mon.models.record import Record


class SourceExcess(Record):
    source = peewee.TextField(primary_key=True)
    name = peewee.TextField()
    at = peewee.BigIntegerField()
    count = peewee.BigIntegerField()  # events since the source last kept to its limit
