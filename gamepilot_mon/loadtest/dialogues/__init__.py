"""What a client says and hears, one file a transport. A further transport is one more class in TRANSPORTS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gamepilot_mon.loadtest.items import Item, Reader


@dataclass(frozen=True, slots=True)
class Visit:
    """One connection's intent. `since` is the last id seen; None on the first visit."""

    authority: str
    token: str
    topics: tuple[str, ...]
    since: int | None
    newest: int  # the newest id known to anybody here


@dataclass(frozen=True, slots=True)
class Ready:
    """The server took the client; items after `position` are owed to it from here."""

    position: int
    head: int  # what came live before the subscription was granted has a greater id
    settled: bool  # whether the subscription is granted already


@dataclass(frozen=True, slots=True)
class Settled:
    """The subscription is granted: from here on ids only rise."""


@dataclass(frozen=True, slots=True)
class Refused:
    status: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request of the client."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int


Heard = Item | Ready | Settled | Refused | Answered | Ended


class Unreadable(Exception):
    """The server sent what the transport does not allow."""


class Dialogue(Protocol):
    def __init__(self, visit: Visit, reader: Reader) -> None: ...

    def opening(self) -> bytes:
        """What the client sends first."""

    def receive(self, data: bytes) -> Sequence[Heard]:
        """What `data` completes. Raises Unreadable."""

    def replies(self) -> bytes:
        """What must be sent because of what was received; empty most of the time."""

    def ask(self, what: str) -> bytes:
        """A request for a snapshot; empty when the transport has none, and HTTP is asked instead."""


def transports() -> dict[str, type[Dialogue]]:
    from gamepilot_mon.loadtest.dialogues.socket_io import SocketIo
    from gamepilot_mon.loadtest.dialogues.sse import Sse
    from gamepilot_mon.loadtest.dialogues.websocket import WebSocket

    return {"websocket": WebSocket, "sse": Sse, "socket.io": SocketIo}


class Head:
    """Collects an HTTP response head. `status` is 0 until it is complete, `rest` what came after it."""

    def __init__(self) -> None:
        self._data = b""
        self.status = 0
        self.rest = b""

    def feed(self, data: bytes) -> bool:
        self._data += data
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end:
            if len(head) > 65536:
                raise Unreadable("a response head without an end")
            return False
        words = head.split(None, 2)
        if len(words) < 2 or not words[1].isdigit():
            raise Unreadable("no HTTP status line")
        self.status, self.rest, self._data = int(words[1]), rest, b""
        return True
