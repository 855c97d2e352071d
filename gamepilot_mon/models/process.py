"""Processes: the heartbeat of each of our own processes."""

import peewee

from gamepilot_mon.models.record import Record


class Process(Record):
    name = peewee.TextField(primary_key=True)  # daemon | web-<pid>
    pid = peewee.IntegerField()
    started_at = peewee.BigIntegerField()
    beat_at = peewee.BigIntegerField()
    stalled = peewee.TextField(null=True)  # loops that make no progress, comma separated
