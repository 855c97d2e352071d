"""Push results: what became of a notification at one browser, so that no later attempt sends it there again."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record

REACHED = "reached"
REFUSED = "refused"


class PushResult(Record):
    id = AutoIncrementField()
    notification = peewee.TextField()  # its uid
    subscription_id = peewee.IntegerField()
    outcome = peewee.TextField()
    at = peewee.BigIntegerField(index=True)
