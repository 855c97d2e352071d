"""Recovery codes: each signs in once in place of a one-time code; kept as a hash."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class RecoveryCode(Record):
    id = AutoIncrementField()
    user_id = peewee.IntegerField(index=True)
    code_hash = peewee.TextField()
    used_at = peewee.BigIntegerField(null=True)
