"""Channel states: how each channel is doing, kept across restarts."""

import peewee

from gamepilot_mon.models.record import Record


class ChannelState(Record):
    name = peewee.TextField(primary_key=True)
    failures = peewee.IntegerField(default=0)  # in a row
    failing_since = peewee.BigIntegerField(null=True)
    tried_at = peewee.BigIntegerField(null=True)
    last_success_at = peewee.BigIntegerField(null=True)
    last_failure_at = peewee.BigIntegerField(null=True)
    last_failure = peewee.TextField(null=True)
    paused_until = peewee.BigIntegerField(default=0)  # the provider asked for this pause
    paced_until = peewee.BigIntegerField(default=0)  # when all that was sent would be paid for at the pace
    summed_up_at = peewee.BigIntegerField(null=True)  # when the newest storm summary was made

    @classmethod
    def of(cls, name: str) -> "ChannelState":
        return cls.get_or_none(cls.name == name) or cls(name=name)

    def keep(self) -> None:
        """Write it, inside the caller's write()."""
        type(self).insert(**self.__data__).on_conflict_replace().execute()
