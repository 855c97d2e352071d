"""Alerts: one rule breached for one target, from pending to resolved."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Alert(Record):
    id = AutoIncrementField()
    fingerprint = peewee.TextField(index=True)
    origin = peewee.TextField()  # rule | custom: what may end it
    type = peewee.TextField()
    severity = peewee.TextField()
    status = peewee.TextField()  # pending | firing | acknowledged | resolved
    message = peewee.TextField()
    value = peewee.DoubleField(null=True)
    threshold = peewee.DoubleField(null=True)
    labels = JsonField()
    metadata = JsonField()
    started_at = peewee.BigIntegerField(index=True)
    fired_at = peewee.BigIntegerField(null=True)
    changed_at = peewee.BigIntegerField()
    ended_at = peewee.BigIntegerField(null=True)
    waiting_since = peewee.BigIntegerField(null=True)  # pending: breached since; open: clear again since
    evidence_at = peewee.BigIntegerField(null=True)  # newest fact that asks for another message
    acknowledged_at = peewee.BigIntegerField(null=True)
    acknowledged_by = peewee.TextField(null=True)
    acknowledged_until = peewee.BigIntegerField(null=True)  # of one that is over: when it ended
    acknowledged_reason = peewee.TextField(null=True)
    incident_id = peewee.IntegerField(null=True)  # null until it fires

    @classmethod
    def open(cls) -> list["Alert"]:
        return list(cls.select().where(cls.ended_at.is_null()).order_by(cls.id))

    @classmethod
    def standing(cls) -> peewee.Expression:
        """Those that fired and are not over; open are also those that wait to fire, of which nobody is told."""
        wanted: peewee.Expression = cls.ended_at.is_null() & cls.fired_at.is_null(False)
        return wanted

    @classmethod
    def open_for(cls, fingerprint: str) -> "Alert | None":
        # Written out, since every alert that is raised asks it: to build it takes four times as long as to ask it.
        found = cls.raw("SELECT * FROM alert WHERE fingerprint = ? AND ended_at IS NULL LIMIT 1", fingerprint)
        row: Alert | None = next(iter(found), None)
        return row

    @classmethod
    def latest(cls, limit: int, *, before: int | None = None) -> list["Alert"]:
        rows = cls.select().order_by(cls.id.desc()).limit(limit)
        return list(rows.where(cls.id < before) if before else rows)
