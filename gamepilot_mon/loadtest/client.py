"""One simulated user: its connection while it has one, and its account of the feed."""

import socket
from enum import Enum

from gamepilot_mon.loadtest.dialogues import Dialogue
from gamepilot_mon.loadtest.ledger import Account
from gamepilot_mon.loadtest.people import Kind


class State(Enum):
    AWAY = "away"  # comes back at a time of its own
    OPENING = "opening"
    LIVE = "live"
    STUCK = "stuck"  # connected and reading nothing
    REFUSED = "refused"  # told not to come back


class Client:
    __slots__ = (
        "account", "attempts", "dialogue", "kind", "late", "number", "opened_at", "ready_at", "socket",
        "state", "transport", "unsent",
    )  # fmt: skip

    def __init__(self, number: int, kind: Kind, transport: str) -> None:
        self.number = number
        self.kind = kind
        self.transport = transport
        self.account = Account(frozenset((*kind.topics, "system")))
        self.state = State.AWAY
        self.socket: socket.socket | None = None
        self.dialogue: Dialogue | None = None
        self.unsent = b""
        self.attempts = 0
        self.opened_at = 0.0  # monotonic seconds
        self.ready_at = 0.0
        self.late = False  # catching up with what it could not read: no measure of the server
