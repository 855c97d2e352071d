"""Erasures: that a player was erased, when, by whom, and how many rows; not which one."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Erasure(Record):
    id = AutoIncrementField()
    at = peewee.BigIntegerField()
    who = peewee.TextField()
    counts = JsonField()
