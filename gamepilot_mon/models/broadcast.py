"""Broadcasts: what an operator said to everybody, with its author."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Broadcast(Record):
    id = AutoIncrementField()
    at = peewee.BigIntegerField(index=True)
    author = peewee.TextField()
    event = peewee.TextField()
    severity = peewee.TextField()
    data = JsonField(null=True)
