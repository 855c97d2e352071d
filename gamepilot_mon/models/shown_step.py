"""Shown steps: the recent recommendations of each player, which a launch may follow."""

import peewee

from gamepilot_mon.models.record import JsonField, Record


class ShownStep(Record):
    user = peewee.TextField()
    at = peewee.BigIntegerField()
    event_id = peewee.BigIntegerField()
    games = JsonField()
    mood = peewee.TextField()
    cause = peewee.TextField()  # what triggered it
    launched = peewee.BooleanField()

    class Meta:
        primary_key = peewee.CompositeKey("user", "at", "event_id")
