"""Second factors: the sealed secret behind a user's one-time codes; in force once a code has confirmed it."""

import peewee

from gamepilot_mon.models.record import Record


class SecondFactor(Record):
    user_id = peewee.IntegerField(primary_key=True)
    secret = peewee.TextField()  # sealed
    created_at = peewee.BigIntegerField()
    confirmed_at = peewee.BigIntegerField(null=True)
    last_step = peewee.BigIntegerField()  # of the newest code that was taken: none is taken twice
