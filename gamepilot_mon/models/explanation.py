"""Explanations: what was known around the moment at which an alert fired, one an alert."""

import peewee

from gamepilot_mon.models.record import JsonField, Record


class Explanation(Record):
    alert_id = peewee.IntegerField(primary_key=True)
    at = peewee.BigIntegerField(index=True)  # when it was first written
    until = peewee.BigIntegerField()  # what happened up to here is in it
    data = JsonField()
