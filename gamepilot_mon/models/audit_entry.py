"""Audit entries: who did what to what and when. Rows are added and, once too old, deleted; never changed."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class AuditEntry(Record):
    id = AutoIncrementField()
    at = peewee.BigIntegerField(index=True)
    who = peewee.TextField(index=True)
    via = peewee.TextField()  # how they were known: session, token, jwt, link, console, nobody, system
    action = peewee.TextField(index=True)
    subject = peewee.TextField()
    detail = JsonField()
