"""Seen versions: which versions of which service were seen, so that a new one is a deploy once."""

import peewee

from gamepilot_mon.models.record import Record


class SeenVersion(Record):
    name = peewee.TextField(primary_key=True)  # service, version and environment, a line each
    first_seen_at = peewee.BigIntegerField()
