"""The feed: one numbered log of everything visible, written in the same transaction as what it shows."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
import peewee

from gamepilot_mon import db
from gamepilot_mon.clock import iso
from gamepilot_mon.models import Fact, FeedItem

TOPICS = ("health", "performance", "mood-persona", "alerts", "system")
ALWAYS_ON = "system"

TOPIC_OF = {
    "health:update": "health",
    "errors:update": "health",
    "performance:update": "performance",
    "mood-persona:update": "mood-persona",
    "alert:new": "alerts",
    "alert:update": "alerts",
    "alert:broadcast": "system",
    "system:error": "system",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A feed item as read back; `data` is JSON text, encoded when it was appended."""

    id: int
    event: str
    topic: str
    at: int
    data: str

    def envelope(self) -> str:
        """The item as JSON text: {"id", "event", "topic", "time", "data"}."""
        return (
            f'{{"id":{self.id},"event":"{self.event}","topic":"{self.topic}",'
            f'"time":"{iso(self.at)}","data":{self.data}}}'
        )


def append(event: str, data: Any, now: int) -> int:
    """Add one item inside the caller's write(); returns its id."""
    db.touch("feed")
    row = FeedItem.insert(
        event=event, topic=TOPIC_OF[event], at=now, data=msgspec.json.encode(data).decode()
    ).execute()
    return int(row)


def since(cursor: int, *, topics: Collection[str] | None = None, limit: int = 1000) -> list[Item]:
    """The items after `cursor` in order, at most `limit`; of `topics` (and system) only when given."""
    rows = FeedItem.select().where(FeedItem.id > cursor)
    if topics is not None:
        rows = rows.where(FeedItem.topic.in_({*topics, ALWAYS_ON}))
    return [_item(row) for row in rows.order_by(FeedItem.id).limit(limit)]


def latest(event: str) -> Item | None:
    row = FeedItem.select().where(FeedItem.event == event).order_by(FeedItem.id.desc()).first()
    return _item(row) if row else None


def last_id() -> int:
    """The id of the newest item ever appended; 0 before the first. Survives pruning."""
    return int(FeedItem.select(peewee.fn.MAX(FeedItem.id)).scalar() or 0)


def first_id() -> int:
    """The id of the oldest item still kept; 0 when none is."""
    return int(FeedItem.select(peewee.fn.MIN(FeedItem.id)).scalar() or 0)


def epoch() -> str:
    """Names this log: another epoch means other ids, so a cursor of the old one is worth nothing."""
    return str(Fact.get_by_id("feed_epoch").value)


def _item(row: FeedItem) -> Item:
    return Item(row.id, row.event, row.topic, row.at, row.data)
