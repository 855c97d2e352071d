"""One-time sign-in links printed on the console."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class SignInLink(Record):
    id = AutoIncrementField()
    token_hash = peewee.TextField(unique=True)
    created_at = peewee.BigIntegerField()
    expires_at = peewee.BigIntegerField()
    used_at = peewee.BigIntegerField(null=True)
