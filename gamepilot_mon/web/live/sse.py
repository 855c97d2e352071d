"""The feed as server-sent events, in a chunked body so that every client library hands events on at once."""

import random
from dataclasses import dataclass

from gamepilot_mon.feed import Item
from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.hub import Hub

RETRY_MS = 2000
RETRY_JITTER_MS = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """`since` -1 is one that cannot be read: nothing is known of what the client has seen."""

    topics: int
    since: int | None


class SseProtocol:
    """`chunked` is false for HTTP/1.0, where the end of the connection ends the body."""

    answers_pings = False
    answers_farewell = False
    transport = "sse"

    def __init__(self, hub: Hub, *, chunked: bool) -> None:
        self._hub = hub
        self._chunked = chunked

    def encode(self, item: Item) -> bytes:
        data = item.data.replace("\n", "\ndata: ")
        return self.chunk(f"id: {item.id}\nevent: {item.event}\ndata: {data}\n\n")

    def ping(self) -> bytes:
        return self.chunk(": ping\n\n")

    def farewell(self, code: int, reason: str) -> bytes:
        return b"0\r\n\r\n" if self._chunked else b""

    def received(self, client: Client, data: bytes) -> None:
        """Nothing is expected from here on; what comes is thrown away."""

    def farewell_answered(self, client: Client, data: bytes) -> bool:
        return False

    def chunk(self, text: str) -> bytes:
        data = text.encode()
        return b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data

    def welcome(self, client: Client, head: bytes, wanted: Wanted) -> None:
        """The response head, when to come back, and what was asked for."""
        # Clients cut off together must not come back together.
        retry = RETRY_MS + random.randrange(RETRY_JITTER_MS)
        self._hub.send(client, head + self.chunk(f"retry: {retry}\n"))
        if wanted.since is None:
            self._hub.subscribe(client, wanted.topics, None)
            self._mark(client)
        elif wanted.since < 0:
            self._hub.subscribe_after_gap(client, wanted.topics, None, "unreadable")
        elif wanted.since > self._hub.head:
            self._hub.subscribe_after_gap(client, wanted.topics, wanted.since, "ahead of the log")
        else:
            self._hub.subscribe(client, wanted.topics, wanted.since)

    def _mark(self, client: Client) -> None:
        """An id alone shows nothing, but a browser cut off before its first item resumes from here."""
        here = self._hub.position(client)
        shown = self._hub.recent.snapshot(client.topics, here)
        if not shown or shown[-1].item.id < here:
            self._hub.send(client, self.chunk(f"id: {here}\n\n"))
