"""Feed items as clients read them, and the mark by which this run's own items are known and timed."""

import json
import re
from dataclasses import dataclass

from gamepilot_mon.feed import TOPIC_OF

CACHED = 512
TIMED = {"alert:new", "alert:broadcast"}  # what comes of an alert later carries its mark as well

_MARK = re.compile(rb'"loadtest":"([0-9a-f]+)","n":(\d+),"storm":(true|false),"sent":([0-9.]+)')


@dataclass(frozen=True, slots=True)
class Item:
    """`topic` is None for a notice, which only one connection sees and whose id is its position."""

    id: int
    event: str
    topic: str | None
    run: bytes | None  # the load test that published it
    number: int
    storm: bool
    sent: float  # monotonic seconds, before the request that published it
    data: bytes

    def gap(self) -> tuple[int | None, int]:
        """(from, to) of a system:gap."""
        data = json.loads(self.data)
        data = data.get("data", data)
        return data["from"], data["to"]


def mark(run: str, number: int, storm: bool, sent: float, size: int) -> dict[str, object]:
    """What a published item carries, with `size` bytes of padding."""
    return {"loadtest": run, "n": number, "storm": storm, "sent": round(sent, 6), "pad": "x" * size}


class Reader:
    """Makes items of payloads. All subscribers get the same bytes, so most are made once and found again."""

    def __init__(self) -> None:
        self._made: dict[bytes, Item] = {}

    def item(self, id: int, event: str, data: bytes) -> Item:
        mark = _MARK.search(data) if event in TIMED else None
        topic = TOPIC_OF.get(event)
        if mark is None:
            return Item(id, event, topic, None, 0, False, 0.0, data)
        return Item(id, event, topic, mark[1], int(mark[2]), mark[3] == b"true", float(mark[4]), data)

    def known(self, payload: bytes) -> Item | None:
        return self._made.get(payload)

    def keep(self, payload: bytes, item: Item) -> Item:
        if len(self._made) >= CACHED:
            self._made.clear()
        self._made[payload] = item
        return item
