"""What the live feed asks of the store: a read that runs in a native thread, so that the loop goes on."""

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

import msgspec

from gamepilot_mon import alerts, feed
from gamepilot_mon.feed import Item
from gamepilot_mon.models import Alert
from gamepilot_mon.web.live import open_alerts

P = ParamSpec("P")
T = TypeVar("T")
PAGE_ITEMS = 100


class Store(Protocol):
    def read(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...


def page_after(position: int, topics: list[str]) -> tuple[list[Item], bool]:
    """The next items and whether none of those after `position` has been pruned.

    The oldest id is asked for last: whatever is pruned between the two queries is then noticed.
    """
    items = feed.since(position, topics=topics, limit=PAGE_ITEMS)
    first = feed.first_id()
    return items, 0 < first <= position + 1


def beginning(events: list[str]) -> tuple[int, str, list[Item]]:
    """(newest id, epoch of the log, latest item of each event and the newest open alerts, as if shown last)."""
    head = feed.last_id()
    latest = [item for event in events if (item := feed.latest(event)) is not None]
    standing = [_as_shown(alert, head) for alert in Alert.open()[-open_alerts.MOST :]]
    return head, feed.epoch(), [*(item for item in latest if item.id <= head), *standing]


def _as_shown(alert: Alert, head: int) -> Item:
    data = msgspec.json.encode(alerts.payload(alert)).decode()
    return Item(head, "alert:update", "alerts", alert.changed_at, data)
