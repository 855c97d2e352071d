"""Tokens: opaque credentials for programs, kept as a hash."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class Token(Record):
    id = AutoIncrementField()
    name = peewee.TextField()
    role = peewee.TextField()
    token_hash = peewee.TextField(unique=True)
    created_at = peewee.BigIntegerField()
    created_by = peewee.TextField(null=True)
    used_at = peewee.BigIntegerField(null=True)  # to about a minute
    expires_at = peewee.BigIntegerField(null=True)
    revoked_at = peewee.BigIntegerField(null=True)
