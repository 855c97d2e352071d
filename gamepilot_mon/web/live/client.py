"""One live connection as the hub keeps it: a few slots, so that an idle client costs next to nothing."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol as Interface

from gamepilot_mon import feed
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.feed import Item

BIT = {topic: 1 << number for number, topic in enumerate(feed.TOPICS)}
SYSTEM = BIT[feed.ALWAYS_ON]
NOTHING_HEARD = (0,) * len(BIT)


def names(topics: int) -> list[str]:
    return [topic for topic, bit in BIT.items() if topics & bit]


class Protocol(Interface):
    """What the hub has to know about one kind of client. One object serves all clients of its kind."""

    transport: str  # empty for those that are not signed in yet
    answers_pings: bool  # silence means that the client is gone
    answers_farewell: bool  # wait a moment for the other side before closing

    def encode(self, item: Item) -> bytes:
        """The bytes of one item, the same for every client."""

    def ping(self) -> bytes: ...

    def farewell(self, code: int, reason: str) -> bytes:
        """The last bytes on the wire; `code` is a WebSocket close code."""

    def received(self, client: "Client", data: bytes) -> None:
        """Called in the hub's greenlet with what an open client sent."""

    def farewell_answered(self, client: "Client", data: bytes) -> bool:
        """Whether `data`, sent by a client that was bidden farewell, is its answer."""


@lru_cache(maxsize=256)  # many clients come at one moment: they share one tuple
def bounded(after: tuple[int, ...], topics: int, here: int) -> tuple[int, ...]:
    """`after` (of each topic, the id after which it is heard) with `here` for `topics`."""
    return tuple(here if bit & topics else old for bit, old in zip(BIT.values(), after, strict=True))


@dataclass(slots=True)
class Replay:
    """Stored items still owed to a client: of `topics` up to `until`, of those in `sooner` up to what it says."""

    topics: int
    position: int  # everything up to here is sent
    until: int
    sooner: Mapping[int, int]

    def wants(self, bit: int, item_id: int) -> bool:
        return bool(bit & self.topics) and item_id <= self.sooner.get(bit, self.until)


class Client:
    """`cursor` is None while the client is level with the log: then it gets every batch at once. Else it is
    the id up to which everything is sent or lies in `rest`, and the hub brings it level when it can."""

    __slots__ = (
        "address", "closing_at", "connected_at", "cursor", "fd", "heard_after", "heard_at", "id", "messages",
        "messages_since", "moved_at", "parser", "principal", "protocol", "reading", "replays", "rest",
        "steps", "topics",
    )  # fmt: skip

    def __init__(
        self, id: int, fd: int, protocol: Protocol, principal: Principal, address: str, now: int
    ) -> None:
        self.id = id
        self.fd = fd
        self.protocol = protocol
        self.principal = principal
        self.address = address
        self.connected_at = now
        self.topics = SYSTEM
        # Of each topic that it hears: everything after this id is or will be sent.
        self.heard_after = NOTHING_HEARD
        self.cursor: int | None = None
        self.replays: list[Replay] | None = None
        self.reading = False  # the store is being read for it
        self.rest: memoryview | None = None  # begun but not yet taken by the socket
        self.moved_at = 0  # monotonic ms: the socket last took bytes of `rest`
        self.heard_at = 0  # monotonic ms: last sign of life
        self.closing_at: int | None = None  # monotonic ms: patience ends
        self.parser: object | None = None
        self.steps: deque[Callable[[], None]] | None = None  # its messages that wait for the store
        self.messages = 0
        self.messages_since = 0
