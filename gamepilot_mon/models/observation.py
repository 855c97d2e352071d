"""Observations: one measured result of a check."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Observation(Record):
    id = AutoIncrementField()
    check_id = peewee.IntegerField()
    at = peewee.BigIntegerField(index=True)
    state = peewee.TextField()
    latency_ms = peewee.DoubleField(null=True)
    error = peewee.TextField(null=True)
    data = JsonField(null=True)

    class Meta:
        indexes = ((("check_id", "at"), False),)
