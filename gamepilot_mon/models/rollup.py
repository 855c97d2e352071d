"""Rollups: count, sum, min, max and sketch of a series per bucket of `width` ms."""

import peewee

from gamepilot_mon.models.record import Record


class Rollup(Record):
    series_id = peewee.IntegerField()
    width = peewee.IntegerField()
    start = peewee.BigIntegerField()
    count = peewee.BigIntegerField()
    sum = peewee.DoubleField()
    min = peewee.DoubleField()
    max = peewee.DoubleField()
    sketch = peewee.BlobField(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("series_id", "width", "start")
        without_rowid = True
