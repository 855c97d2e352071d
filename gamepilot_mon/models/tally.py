"""Tallies: how often something was, from `start` on for an hour (pulses: five minutes)."""

import peewee

from gamepilot_mon.models.record import Record


class Tally(Record):
    what = (
        peewee.TextField()
    )  # mood | transition | action | shown | clicked | launched | rated | succeeded | …
    start = peewee.BigIntegerField()
    name = peewee.TextField()
    other = peewee.TextField()  # a second name: of a transition where to, of a recommendation its trigger
    count = peewee.IntegerField()
    total = peewee.DoubleField()  # of what has an amount: intensity, the value of a learning metric

    class Meta:
        primary_key = peewee.CompositeKey("what", "start", "name", "other")
