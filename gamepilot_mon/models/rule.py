"""Rules that people wrote; the six built-in ones are code."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class StoredRule(Record):
    id = AutoIncrementField()
    name = peewee.TextField(unique=True)  # the type of its alerts
    spec = JsonField()  # the document without its name, as rule_spec writes it
    version = peewee.IntegerField()  # the rule_version that made it so
    created_at = peewee.BigIntegerField()
    changed_at = peewee.BigIntegerField()

    class Meta:
        table_name = "rule"

    @classmethod
    def ordered(cls) -> list["StoredRule"]:
        return list(cls.select().order_by(cls.name))
