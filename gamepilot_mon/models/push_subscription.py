"""Push subscriptions: the browsers that want to be notified. Whoever knows an endpoint may send to it: a secret."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class PushSubscription(Record):
    id = AutoIncrementField()
    user_id = peewee.IntegerField(index=True)
    endpoint = peewee.TextField(unique=True)
    p256dh = peewee.TextField()  # the browser's public key, base64url
    auth = peewee.TextField()  # what the browser and we share, base64url
    severity = peewee.TextField()  # the least severe that it wants to hear of
    created_at = peewee.BigIntegerField()
    reached_at = peewee.BigIntegerField(null=True)
    failures = peewee.IntegerField(default=0)  # in a row
    paused_until = peewee.BigIntegerField(null=True)  # the push service asked for it
