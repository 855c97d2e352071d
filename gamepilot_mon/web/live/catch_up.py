"""Bringing a client level with the log: after a resume, or after it read too slowly for the live stream.

Nothing is queued for a slow client. It keeps its cursor, and whenever its socket takes bytes again it is
given what comes next, out of memory or out of the store.
"""

from typing import TYPE_CHECKING

from gamepilot_mon.feed import Item
from gamepilot_mon.web.live.client import Client, Replay, names
from gamepilot_mon.web.live.recent import Encoded
from gamepilot_mon.web.live.store import PAGE_ITEMS, Store, page_after

if TYPE_CHECKING:
    from gamepilot_mon.web.live.hub import Hub

PUMP_BYTES = 256 * 1024  # for one client in one turn


class CatchUp:
    def __init__(self, hub: "Hub", store: Store) -> None:
        self._hub = hub
        self._store = store

    def advance(self, client: Client) -> None:
        """Send what comes next until the client is level, its socket is full, or the store must be asked."""
        sent = 0
        while client.rest is None and not client.reading and client.cursor is not None:
            stretch = self._stretch(client)
            if stretch.position >= stretch.until:
                self._finish(client, stretch)
            elif stretch.position < self._hub.recent.start:
                self._read_store(client, stretch)
            elif sent < PUMP_BYTES:
                sent += self._send_recent(client, stretch)
            else:
                self._hub.call(self._hub.attempt, client, self.advance, client)
                return

    def _stretch(self, client: Client) -> Replay:
        """The stretch of the log that it is owed next: its replays in turn, then from its cursor on."""
        if client.replays:
            return client.replays[0]
        head = self._hub.head
        return Replay(client.topics, self._hub.position(client), head, {})

    def _finish(self, client: Client, stretch: Replay) -> None:
        if client.replays:
            client.replays.remove(stretch)
        else:
            self._hub.mark_level(client)

    def _moved(self, client: Client, stretch: Replay, position: int) -> None:
        stretch.position = position
        if not client.replays:
            client.cursor = position

    def _send_recent(self, client: Client, stretch: Replay) -> int:
        parts: list[bytes] = []
        size = 0
        position = stretch.until
        for encoded in self._hub.recent.after(stretch.position, stretch.until):
            if not stretch.wants(encoded.bit, encoded.item.id):
                continue
            parts.append(encoded.bytes_for(client.protocol))
            size += len(parts[-1])
            if size >= PUMP_BYTES // 2:
                position = encoded.item.id
                break
        self._moved(client, stretch, position)
        if parts:
            self._hub.wires.send(client, b"".join(parts))
        return size

    def _read_store(self, client: Client, stretch: Replay) -> None:
        client.reading = True
        self._hub.job(self._read_page, client, stretch, client.topics)

    def _read_page(self, client: Client, stretch: Replay, topics: int) -> None:
        """Runs in a job greenlet; the page is sent by the hub's own."""
        wanted = names(stretch.topics)
        try:
            items, kept = self._store.read(page_after, stretch.position, wanted)
        except Exception:
            self._hub.call(self._hub.fail, client)
            raise
        self._hub.call(self._hub.attempt, client, self._page_read, client, stretch, topics, items, kept)

    def _page_read(self, client: Client, stretch: Replay, topics: int, items: list[Item], kept: bool) -> None:
        client.reading = False
        if self._is_current(client, stretch, topics):
            if kept:
                self._send_page(client, stretch, items)
            else:
                self._skip(client, stretch)
        self.advance(client)

    def _is_current(self, client: Client, stretch: Replay, topics: int) -> bool:
        """A subscription that came while the store was read makes the page of its old topics worthless."""
        if client.replays:
            return client.replays[0] is stretch
        return client.topics == topics and client.cursor == stretch.position

    def _send_page(self, client: Client, stretch: Replay, items: list[Item]) -> None:
        whole = len(items) < PAGE_ITEMS
        position = stretch.until if whole else min(items[-1].id, stretch.until)
        wanted = [
            encoded.bytes_for(client.protocol)
            for encoded in map(Encoded, items)
            if encoded.item.id <= stretch.until and stretch.wants(encoded.bit, encoded.item.id)
        ]
        self._moved(client, stretch, position)
        if wanted:
            self._hub.wires.send(client, b"".join(wanted))

    def _skip(self, client: Client, stretch: Replay) -> None:
        since = stretch.position
        self._moved(client, stretch, stretch.until)
        self._hub.subscriptions.send_gap(client, stretch.topics, since, stretch.until, "no longer kept")
