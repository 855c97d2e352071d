"""The open alerts as the feed last showed them: what stands, for those who missed how it came about."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from gamepilot_mon.feed import Item

MOST = 200  # in a storm, the newest
OPEN = frozenset({"firing", "acknowledged"})

T = TypeVar("T")


class _Shown(msgspec.Struct):
    id: int
    status: str


class OpenAlerts(Generic[T]):
    """Keeps a T of the newest item of each open alert, in the order in which they changed."""

    def __init__(self) -> None:
        self._kept: dict[int, T] = {}

    def __iter__(self) -> Iterator[T]:
        return iter(self._kept.values())

    def see(self, item: Item, kept: T) -> None:
        """An item of the topic alerts; one that tells of no alert is passed over."""
        try:
            shown = msgspec.json.decode(item.data, type=_Shown)
        except msgspec.MsgspecError:
            return
        self._kept.pop(shown.id, None)
        if shown.status in OPEN:
            self._kept[shown.id] = kept
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
