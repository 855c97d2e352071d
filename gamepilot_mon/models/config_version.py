"""Versions of the runtime override document; the newest is in force."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class ConfigVersion(Record):
    id = AutoIncrementField()
    created_at = peewee.BigIntegerField()
    author = peewee.TextField()
    reason = peewee.TextField(null=True)
    override = JsonField()
    diff = JsonField()  # [{pointer, old, new}], secrets masked

    @classmethod
    def newest(cls) -> "ConfigVersion | None":
        row: ConfigVersion | None = cls.select().order_by(cls.id.desc()).first()
        return row

    @classmethod
    def before(cls, version: int) -> int:
        """The version that `version` took the place of; 0, the state without any override, before the first."""
        return cls.select(peewee.fn.MAX(cls.id)).where(cls.id < version).scalar() or 0
