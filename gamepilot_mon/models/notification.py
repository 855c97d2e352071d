"""Notifications: the outbox, one row for each message owed to one channel about one change."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, JsonField, Record

PENDING = "pending"  # owed, not being sent
BUNDLED = "bundled"  # owed, told by the summary `summary_id`
SENDING = "sending"  # an attempt is journalled; its outcome is not known yet
SENT = "sent"
DEAD = "dead"  # given up
DROPPED = "dropped"  # no longer owed: its channel was switched off before it could be sent


class Notification(Record):
    id = AutoIncrementField()
    uid = peewee.TextField(unique=True)  # what the receiver sees; the same for every attempt
    alert_id = peewee.IntegerField(null=True, index=True)
    fingerprint = peewee.TextField()
    channel = peewee.TextField()
    change = peewee.TextField()
    severity = peewee.TextField()
    body = JsonField()
    created_at = peewee.BigIntegerField()  # the moment of the change
    due_at = peewee.BigIntegerField()
    state = peewee.TextField(default=PENDING)
    attempts = peewee.IntegerField(default=0)
    uncertain = peewee.BooleanField(default=False)  # an attempt may have reached the receiver
    settled_at = peewee.BigIntegerField(null=True)
    detail = peewee.TextField(null=True)
    summary_id = peewee.IntegerField(null=True)  # the storm summary that tells this one
    failover_of = peewee.IntegerField(null=True)  # the notification that another channel could not deliver
    cause = peewee.TextField(null=True)  # what held it back before: notifications of one cause make a digest
    reported = peewee.BooleanField(default=False)  # a dead letter that was made an alert of

    class Meta:
        indexes = (
            (("fingerprint", "channel", "id"), False),
            (("state", "due_at"), False),
        )
