"""Notes: what people wrote to an alert."""

import peewee

from gamepilot_mon.models.record import AutoIncrementField, Record


class Note(Record):
    id = AutoIncrementField()
    alert_id = peewee.IntegerField(index=True)
    at = peewee.BigIntegerField(index=True)
    author = peewee.TextField()
    text = peewee.TextField()

    @classmethod
    def of_alert(cls, alert_id: int) -> list["Note"]:
        return list(cls.select().where(cls.alert_id == alert_id).order_by(cls.id))
