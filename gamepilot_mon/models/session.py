"""Sessions: signed-in browsers; ending the row signs the browser out."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class Session(Record):
    id = AutoIncrementField()
    token_hash = peewee.TextField(unique=True)
    user_id = peewee.IntegerField(index=True)
    created_at = peewee.BigIntegerField()
    used_at = peewee.BigIntegerField(null=True)  # to about a minute
    address = peewee.TextField(null=True)
    agent = peewee.TextField(null=True)
    expires_at = peewee.BigIntegerField()
    ended_at = peewee.BigIntegerField(null=True)
