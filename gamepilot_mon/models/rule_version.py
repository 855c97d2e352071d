"""Who changed which rule, and how: one row a change of one rule."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class RuleVersion(Record):
    id = AutoIncrementField()
    created_at = peewee.BigIntegerField()
    author = peewee.TextField()
    name = peewee.TextField(index=True)
    old = JsonField(null=True)  # null: it was new
    new = JsonField(null=True)  # null: it was removed

    @classmethod
    def newest_id(cls) -> int:
        """Rises with every change of any rule; 0 before the first."""
        newest: int | None = cls.select(peewee.fn.MAX(cls.id)).scalar()
        return newest or 0

    @classmethod
    def of(cls, name: str, limit: int) -> list["RuleVersion"]:
        return list(cls.select().where(cls.name == name).order_by(cls.id.desc()).limit(limit))

    @classmethod
    def then(cls, name: str, at: int) -> "RuleVersion | None":
        """The last change of `name` until `at`."""
        before = (cls.name == name) & (cls.created_at <= at)
        row: RuleVersion | None = cls.select().where(before).order_by(cls.id.desc()).first()
        return row
