"""The newest items in memory: encoded once per protocol, and enough to resume most clients from."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from gamepilot_mon import feed
from gamepilot_mon.feed import Item
from gamepilot_mon.web.live.client import BIT, Protocol
from gamepilot_mon.web.live.open_alerts import OpenAlerts

MAX_ITEMS = 2000
MAX_BYTES = 2 * 1024 * 1024

ALERTS = BIT["alerts"]

# What a newcomer is shown first. Alerts are changes, not states: the newest one says nothing about now.
SNAPSHOT_EVENTS = {
    event: BIT[topic]
    for event, topic in feed.TOPIC_OF.items()
    if event.endswith(":update") and topic != "alerts"
}


class Encoded:
    """An item and its bytes, made once per protocol when first wanted."""

    __slots__ = ("_bytes", "bit", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.bit = BIT[item.topic]
        self._bytes: dict[Protocol, bytes] = {}

    def bytes_for(self, protocol: Protocol) -> bytes:
        found = self._bytes.get(protocol)
        if found is None:
            found = self._bytes[protocol] = protocol.encode(self.item)
        return found


class Recent:
    """`start` is the id after which nothing is missing here; `head` the newest id."""

    def __init__(self, head: int, latest: Iterable[Item]) -> None:
        self.start = head
        self.head = head
        self._items: list[Encoded] = []
        self._ids: list[int] = []
        self._size = 0
        self._latest: dict[str, Encoded] = {}
        self._open = OpenAlerts()
        for item in latest:
            self._note(Encoded(item))

    def add(self, item: Item) -> Encoded:
        encoded = Encoded(item)
        self._items.append(encoded)
        self._ids.append(item.id)
        self._size += len(item.data)
        self.head = item.id
        self._note(encoded)
        if len(self._items) > MAX_ITEMS or self._size > MAX_BYTES:
            self._forget_half()
        return encoded

    def _note(self, encoded: Encoded) -> None:
        if encoded.item.event in SNAPSHOT_EVENTS:
            self._latest[encoded.item.event] = encoded
        elif encoded.bit == ALERTS:
            self._open.see(encoded)

    def _forget_half(self) -> None:
        half = (len(self._items) + 1) // 2
        self.start = self._ids[half - 1]
        self._size -= sum(len(encoded.item.data) for encoded in self._items[:half])
        del self._items[:half], self._ids[:half]

    def after(self, position: int, until: int) -> Iterator[Encoded]:
        """The items with position < id <= until; only meaningful when start <= position."""
        begin = bisect_right(self._ids, position)
        end = bisect_right(self._ids, until)
        return iter(self._items[begin:end])

    def next_at(self, position: int) -> int | None:
        """The time of the oldest item after `position` that is still here; None when there is none."""
        encoded = next(self.after(position, self.head), None)
        return None if encoded is None else encoded.item.at

    def snapshot(self, topics: int, until: int, *, after_gap: bool = False) -> list[Encoded]:
        """The latest states of these topics, oldest first; one after `until` is still to come by itself.

        After a gap the open alerts too: whoever kept a list of them may have missed how one began or ended.
        """
        states = [*self._latest.values(), *(self._open if after_gap else ())]
        shown = [encoded for encoded in states if encoded.bit & topics and encoded.item.id <= until]
        return sorted(shown, key=lambda encoded: encoded.item.id)
