"""One-time sign-in links: printed on the console, or made by an admin for one user."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class SignInLink(Record):
    id = AutoIncrementField()
    token_hash = peewee.TextField(unique=True)
    user_id = peewee.IntegerField(null=True)  # null: whoever owns the console
    created_at = peewee.BigIntegerField()
    expires_at = peewee.BigIntegerField()
    used_at = peewee.BigIntegerField(null=True)
