"""Attempts: the journal of sends; a row is committed before the first byte leaves."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class Attempt(Record):
    id = AutoIncrementField()
    notification_id = peewee.IntegerField(index=True)
    number = peewee.IntegerField()
    started_at = peewee.BigIntegerField(index=True)
    ended_at = peewee.BigIntegerField(null=True)
    outcome = peewee.TextField(null=True)  # ok | temporary | permanent | interrupted
    detail = peewee.TextField(null=True)
