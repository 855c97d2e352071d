"""Cursors: how far a reader has come in a stream of rows."""

import peewee

from gamepilot_mon.models.record import Record


class Cursor(Record):
    name = peewee.TextField(primary_key=True)
    position = peewee.BigIntegerField()

    @classmethod
    def read(cls, name: str) -> int:
        row = cls.get_or_none(cls.name == name)
        return row.position if row else 0

    @classmethod
    def move(cls, name: str, position: int) -> None:
        cls.insert(name=name, position=position).on_conflict_replace().execute()
