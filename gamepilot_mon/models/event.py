"""Events: what the app reported, one row a fact, kept raw for GAMEPILOT_MON_RAW_HISTORY."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Event(Record):
    id = AutoIncrementField()
    key = peewee.TextField(null=True)  # the sender's id, unique: a repeat is counted once
    kind = peewee.TextField()
    at = peewee.BigIntegerField()  # when it happened, epoch ms
    received_at = peewee.BigIntegerField()  # rises with id but for a step of the clock
    name = peewee.TextField(null=True)  # operation, statement, mood, action type, metric
    value = peewee.DoubleField(null=True)  # duration in ms, intensity, metric value
    ok = peewee.BooleanField(null=True)
    severity = peewee.TextField(null=True)
    user = peewee.TextField(null=True)
    data = JsonField(null=True)  # the remaining fields as sent
