"""Counters: the last running total of each series that reports one, to tell what the next one adds."""

import peewee

from gamepilot_mon.models.record import Record


class Counter(Record):
    series = peewee.TextField(primary_key=True)
    start_ms = peewee.BigIntegerField()
    at_ms = peewee.BigIntegerField()
    value = peewee.DoubleField()
    seen_at = peewee.BigIntegerField(index=True)
