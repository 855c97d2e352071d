"""Error actions: what became of a group, when, and by whom."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class ErrorAction(Record):
    id = AutoIncrementField()
    group_id = peewee.IntegerField(index=True)
    at = peewee.BigIntegerField()
    who = peewee.TextField()
    action = peewee.TextField()  # resolve | reopen | ignore | regression
    version = peewee.TextField(null=True)
    note = peewee.TextField(null=True)
