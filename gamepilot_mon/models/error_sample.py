"""Error samples: single errors of a group as they were reported."""

import peewee

from gamepilot_mon.models.record import JsonField, Record


class ErrorSample(Record):
    group_id = peewee.IntegerField()
    slot = peewee.TextField()  # first | last | between-0 … between-4
    event_id = peewee.BigIntegerField()
    at = peewee.BigIntegerField()
    severity = peewee.TextField()
    user = peewee.TextField(null=True)
    version = peewee.TextField(null=True)
    message = peewee.TextField()
    stack = peewee.TextField(null=True)
    metadata = JsonField(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("group_id", "slot")
