"""The open alerts as the feed last showed them: what stands, for those who missed how it came about."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from gamepilot_mon.web.live.recent import Encoded

MOST = 200  # in a storm, the newest
OPEN = frozenset({"firing", "acknowledged"})


class _Shown(msgspec.Struct):
    id: int
    status: str


class OpenAlerts:
    """The newest item of each open alert, in the order in which they changed."""

    def __init__(self) -> None:
        self._kept: dict[int, Encoded] = {}

    def __iter__(self) -> "Iterator[Encoded]":
        return iter(self._kept.values())

    def see(self, encoded: "Encoded") -> None:
        """An item of the topic alerts; one that tells of no alert is passed over."""
        try:
            shown = msgspec.json.decode(encoded.item.data, type=_Shown)
        except msgspec.MsgspecError:
            return
        self._kept.pop(shown.id, None)
        if shown.status in OPEN:
            self._kept[shown.id] = encoded
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
