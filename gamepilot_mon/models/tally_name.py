"""Tally names: the names there are of a kind, so that their number can be bounded."""

import peewee

from gamepilot_mon.models.record import Record


class TallyName(Record):
    what = peewee.TextField()
    name = peewee.TextField()

    class Meta:
        primary_key = peewee.CompositeKey("what", "name")
