"""What every table shares: the database and how JSON columns are encoded."""

from typing import Any

import msgspec
import peewee
from playhouse.sqlite_ext import AutoIncrementField

from gamepilot_mon.db import database

__all__ = ["AutoIncrementField", "JsonField", "Record"]


class JsonField(peewee.TextField):
    """A dict or list kept as JSON text."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else msgspec.json.decode(value)


class Record(peewee.Model):
    class Meta:
        database = database
        legacy_table_names = False
