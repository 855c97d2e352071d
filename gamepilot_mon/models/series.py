"""Series: a metric with one set of labels; rollups point here."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class Series(Record):
    id = AutoIncrementField()
    metric = peewee.TextField()
    labels = peewee.TextField()  # canonical JSON, keys sorted

    class Meta:
        indexes = ((("metric", "labels"), True),)
