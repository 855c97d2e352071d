"""Checks: what is watched, how often, and the state it was last seen in."""

from typing import Any

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class Check(Record):
    id = AutoIncrementField()
    name = peewee.TextField(unique=True)
    kind = peewee.TextField()  # the probe plugin
    spec = JsonField()  # the probe's own settings; never a secret
    interval_ms = peewee.BigIntegerField()
    origin = peewee.TextField()  # settings | user: who may change it
    alerting = peewee.BooleanField(default=True)  # whether "down" raises system_down
    depends_on = peewee.IntegerField(null=True)  # the check without which this one cannot be up
    ping_key = peewee.TextField(null=True, unique=True)
    created_at = peewee.BigIntegerField()
    paused_at = peewee.BigIntegerField(null=True)  # neither looked at nor alerting since then
    # the last observation
    state = peewee.TextField(default="unknown")  # up | down | unknown
    state_since = peewee.BigIntegerField(null=True)
    observed_at = peewee.BigIntegerField(null=True)
    latency_ms = peewee.DoubleField(null=True)
    error = peewee.TextField(null=True)
    failures = peewee.IntegerField(default=0)  # in a row
    data = JsonField(null=True)

    @classmethod
    def ordered(cls) -> list["Check"]:
        return list(cls.select().order_by(cls.name))

    @classmethod
    def parents(cls) -> dict[str, str]:
        """By the name of a check, the name of the one that it depends on."""
        parent = cls.alias()
        pairs: Any = cls.select(cls.name, parent.name).join(parent, on=parent.id == cls.depends_on).tuples()
        return dict(pairs)
