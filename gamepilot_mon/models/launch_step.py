"""Launch steps: the recent launches of each player."""

import peewee

from gamepilot_mon.models.record import Record


class LaunchStep(Record):
    user = peewee.TextField()
    at = peewee.BigIntegerField()
    event_id = peewee.BigIntegerField()
    game = peewee.TextField()

    class Meta:
        primary_key = peewee.CompositeKey("user", "at", "event_id")
