"""Mood steps: the recent selections of each player, in which transitions are found."""

import peewee

from gamepilot_mon.models.record import Record


class MoodStep(Record):
    user = peewee.TextField()
    at = peewee.BigIntegerField()
    event_id = peewee.BigIntegerField()
    mood = peewee.TextField()
    session = peewee.TextField(null=True)

    class Meta:
        primary_key = peewee.CompositeKey("user", "at", "event_id")
