"""Error groups: errors that are the same but for numbers, names and the line they came from."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record


class ErrorGroup(Record):
    id = AutoIncrementField()
    fingerprint = peewee.TextField(unique=True)
    operation = peewee.TextField()
    title = peewee.TextField()  # the message without what differs from one error to the next
    frames = JsonField()  # the top of the stack, ["module function", …]
    severity = peewee.TextField()  # the worst that was seen
    state = peewee.TextField()  # open | resolved | ignored
    first_seen = peewee.BigIntegerField()
    last_seen = peewee.BigIntegerField()
    count = peewee.BigIntegerField()
    users = peewee.IntegerField()  # distinct, at most folding.USERS_MAX
    regressions = peewee.IntegerField()  # how often it came back after it was resolved
    regressed_at = peewee.BigIntegerField(null=True)
    resolved_at = peewee.BigIntegerField(null=True)
    resolved_version = peewee.TextField(null=True)  # where it is said to be gone
    changed_at = peewee.BigIntegerField()  # of its state
    changed_by = peewee.TextField(null=True)  # None: nobody, it came by itself
