"""Incident notes: what people wrote to an incident."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class IncidentNote(Record):
    id = AutoIncrementField()
    incident_id = peewee.IntegerField(index=True)
    at = peewee.BigIntegerField()
    author = peewee.TextField()
    text = peewee.TextField()
