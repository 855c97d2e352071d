"""Active users: when each player was last seen."""

import peewee

from gamepilot_mon.models.record import Record


class ActiveUser(Record):
    user = peewee.TextField(primary_key=True)
    last_seen = peewee.BigIntegerField(index=True)
