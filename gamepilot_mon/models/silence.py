"""Silences: matchers, a span, an author and a reason. Ending one early moves its end to now."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Silence(Record):
    id = AutoIncrementField()
    matchers = JsonField()  # [[name, operator, value]]
    starts_at = peewee.BigIntegerField()
    ends_at = peewee.BigIntegerField(index=True)
    author = peewee.TextField()
    reason = peewee.TextField()
    created_at = peewee.BigIntegerField()
