"""Source cursors: how far each table of GamePilot's own database has been read."""

import peewee

from gamepilot_mon.models.record import JsonField, Record


class SourceCursor(Record):
    name = peewee.TextField(primary_key=True)  # GamePilot's table
    position = peewee.BigIntegerField(null=True)  # the number of the last row, where rows have numbers
    moment = peewee.TextField(null=True)  # the time of the last row as JSON, where rows are read by time
    row = peewee.TextField(null=True)  # the id of that row
    marks = JsonField(null=True)  # [[epoch ms, position], …]: where reading had come to then
    generation = peewee.IntegerField(default=0)  # how often the table was found to be made anew
    rows = peewee.BigIntegerField(default=0)  # read so far
    skipped = peewee.BigIntegerField(default=0)  # left out for values of the wrong type
    behind = peewee.BigIntegerField(default=0)  # about how many wait
    read_at = peewee.BigIntegerField(default=0)

    @classmethod
    def of(cls, name: str) -> "SourceCursor":
        """The cursor of a table; one that is not stored yet when the table is new."""
        found: SourceCursor = cls.get_or_none(cls.name == name) or cls(name=name)
        return found

    def is_new(self) -> bool:
        return self.position is None and self.moment is None

    def keep(self) -> None:
        """Inside the caller's write()."""
        type(self).insert(self.__data__).on_conflict_replace().execute()
