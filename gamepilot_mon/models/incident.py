"""Incidents: related alerts handled as one."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class Incident(Record):
    id = AutoIncrementField()
    title = peewee.TextField()
    severity = peewee.TextField()  # the worst that any of its alerts had
    alerts = peewee.IntegerField(default=1)  # how many joined
    started_at = peewee.BigIntegerField()
    changed_at = peewee.BigIntegerField(
        index=True
    )  # when an alert last joined, changed its severity or ended
    ended_at = peewee.BigIntegerField(null=True)  # when the last of its alerts ended; null while one is open
    acknowledged_at = peewee.BigIntegerField(null=True)
    acknowledged_by = peewee.TextField(null=True)
    acknowledged_reason = peewee.TextField(null=True)
    acknowledged_until = peewee.BigIntegerField(null=True)
