"""Stretches of events: some thousand that came one after the other, and the times that they are of."""

import peewee

from gamepilot_mon.models.record import Record


class EventStretch(Record):
    first = peewee.BigIntegerField(primary_key=True)  # ids
    last = peewee.BigIntegerField()
    earliest = peewee.BigIntegerField()  # `at`
    latest = peewee.BigIntegerField(index=True)
