"""Facts about this store itself, such as the feed's epoch."""

import peewee

from gamepilot_mon.models.record import Record


class Fact(Record):
    name = peewee.TextField(primary_key=True)
    value = peewee.TextField()
