"""A polling session: the hub writes into one end of a pair of sockets, the polls read the other.

So the hub treats it like any other client: what is not fetched costs a bounded piece of kernel memory, then
the client waits for its turn like one that reads slowly.
"""

import os
import socket

from gamepilot_mon.web.live.client import Client
from gamepilot_mon.web.live.socketio import packets

TAKEN_BYTES = 128 * 1024
_CLOSE_BEHIND_OTHERS = packets.SEPARATOR + packets.CLOSE.encode()


class Session:
    def __init__(self) -> None:
        self._outer, inner = socket.socketpair()
        self.inner = os.dup(inner.fileno())  # the hub's, which closes it
        inner.close()
        os.set_blocking(self.inner, False)
        self.client: Client
        self.polling = False
        self.probe: Client | None = None  # the WebSocket that is about to take its place
        self._taken = b""

    @property
    def ended(self) -> bool:
        return self.client.fd < 0

    @property
    def _probed(self) -> bool:
        return self.probe is not None and self.probe.fd >= 0

    def poll(self) -> bytes:
        """The next packets, waited for; empty when there are no more."""
        # Before an upgrade the client has to hear the WebSocket while no poll is waiting.
        self._outer.settimeout(0 if self._probed else None)
        while packets.SEPARATOR not in self._taken:
            try:
                data = self._outer.recv(TAKEN_BYTES)
            except BlockingIOError:
                return packets.NOOP.encode()
            except OSError:
                return b""
            if not data:
                return b""
            self._taken += data
        whole, _, self._taken = self._taken.rpartition(packets.SEPARATOR)
        if whole.endswith(_CLOSE_BEHIND_OTHERS):
            # In one payload with it the client would drop what it has only just read.
            whole, self._taken = (
                whole[: -len(_CLOSE_BEHIND_OTHERS)],
                _CLOSE_BEHIND_OTHERS[1:] + packets.SEPARATOR,
            )
        return whole

    def leftovers(self) -> list[bytes]:
        """The packets that no poll has fetched; the session is over."""
        data = self._taken
        self._outer.setblocking(False)
        try:
            while part := self._outer.recv(TAKEN_BYTES):
                data += part
        except BlockingIOError:
            pass
        self.close()
        return list(packets.split(data + bytes(self.client.rest or b"")))

    def close(self) -> None:
        self._outer.close()
