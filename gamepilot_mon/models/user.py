"""Users: people who sign in with a browser."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class User(Record):
    id = AutoIncrementField()
    name = peewee.TextField(unique=True)
    role = peewee.TextField()
    password_hash = peewee.TextField(null=True)  # Argon2; null until one is set
    created_at = peewee.BigIntegerField()
    disabled_at = peewee.BigIntegerField(null=True)
