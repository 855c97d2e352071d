"""Was anything lost, doubled or out of order: by the ids of the feed, for each client against all together.

The log's ids rise by one and every client's topics are known, so what one client should have had is what anybody
saw of those topics; an id that nobody saw was lost by all of them.
"""

from bisect import bisect_right, insort
from collections import deque
from dataclasses import dataclass, field

from gamepilot_mon.loadtest.items import Item

RECENT = 64  # ids a client remembers, to tell a second copy from a late one


class Log:
    """What anybody saw: the ids of each topic, sorted."""

    def __init__(self) -> None:
        self._ids: dict[str, list[int]] = {}
        self._seen: set[int] = set()

    def add(self, id: int, topic: str) -> None:
        if id not in self._seen:
            self._seen.add(id)
            insort(self._ids.setdefault(topic, []), id)

    def count(self, topics: frozenset[str], after: int, until: int) -> int:
        lists = [ids for topic, ids in self._ids.items() if topic in topics]
        return sum(bisect_right(ids, until) - bisect_right(ids, after) for ids in lists)

    def newest(self) -> int:
        return max(self._seen, default=0)

    def holes(self, after: int) -> int:
        """Ids that nobody saw, between `after` and the newest."""
        newest = self.newest()
        return max(newest - after, 0) - sum(1 for id in self._seen if id > after)


@dataclass(slots=True)
class Account:
    """One client's. `position` is the id up to which everything was had, as far as the client can know."""

    topics: frozenset[str]
    begun: int | None = None  # items after this id are owed
    position: int = 0
    received: int = 0
    twice: int = 0
    disordered: int = 0
    gaps: int = 0  # system:gap: the server said that it cannot replay
    skipped: list[tuple[int, int]] = field(default_factory=list)
    _early: set[int] = field(default_factory=set)  # live system items ahead of a replay
    _again: set[int] = field(default_factory=set)  # asked for a second time by ourselves
    _recent: deque[int] = field(default_factory=lambda: deque(maxlen=RECENT))
    _head: int | None = None
    _snapshots_until: int = 0

    def connected(self, position: int, head: int, *, settled: bool) -> None:
        if self.begun is None:
            self.begun = self.position = position
        self._again |= self._early
        self._early.clear()
        self._head = None if settled else head

    def settled(self) -> None:
        self._head = None

    def take(self, item: Item) -> bool:
        """Whether it is new to this client and belongs to the log."""
        if item.event == "system:gap":
            self._skip(*item.gap())
        if item.topic is None or item.id <= self._snapshots_until:
            return False
        if item.id in self._again:
            self._again.discard(item.id)
            self.position = max(self.position, item.id)
            return False
        if item.id in self._early or item.id in self._recent:
            self.twice += 1
            return False
        self._recent.append(item.id)
        self.received += 1
        if self._head is not None and item.id > self._head:
            self._early.add(item.id)
        elif item.id <= self.position:
            self.disordered += 1
        else:
            self.position = item.id
            self._early = {id for id in self._early if id > item.id} if self._early else self._early
        return True

    def missing(self, log: Log, until: int) -> int:
        if self.begun is None:
            return 0
        owed = log.count(self.topics, self.begun, until)
        told = sum(log.count(self.topics, after, upto) for after, upto in self.skipped)
        return max(owed - told - self.received, 0)

    def _skip(self, since: int | None, upto: int) -> None:
        self.gaps += 1
        after = self.position if since is None else min(since, upto)
        self.skipped.append((after, upto))
        self.position = self._snapshots_until = upto
