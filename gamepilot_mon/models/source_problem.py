"""Source problems: what is wrong with GamePilot's own database as a source now, each told of once."""

import peewee

from gamepilot_mon.models.record import Record


class SourceProblem(Record):
    text = peewee.TextField(primary_key=True)
    since = peewee.BigIntegerField()
