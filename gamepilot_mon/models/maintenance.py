"""Maintenance windows: a planned silence, once or again and again."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Maintenance(Record):
    id = AutoIncrementField()
    matchers = JsonField()  # [[name, operator, value]]; none matches everything
    starts_at = peewee.BigIntegerField()
    ends_at = peewee.BigIntegerField(null=True, index=True)  # of the last occurrence; null: never
    cron = peewee.TextField(null=True)  # null: once, from starts_at to ends_at
    zone = peewee.TextField(null=True)
    duration_ms = peewee.BigIntegerField()
    author = peewee.TextField()
    reason = peewee.TextField()
    created_at = peewee.BigIntegerField()
