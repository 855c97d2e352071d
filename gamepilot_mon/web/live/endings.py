"""How the hub ends many connections at once: of credentials that no longer hold, or all of them at a stop."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import gevent

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.clock import utcnow
from gamepilot_mon.web.live.client import Client, Protocol
from gamepilot_mon.web.live.frames import GOING_AWAY
from gamepilot_mon.web.live.notices import shutdown

if TYPE_CHECKING:
    from gamepilot_mon.web.live.hub import Hub

STOPPING = "the server is stopping"


def close_all_of(hub: "Hub", principals: frozenset[Principal], code: int, reason: str) -> None:
    for client in hub.rooms.clients():
        if client.principal not in principals:
            continue
        if client.rest is None:
            hub.attempt(client, hub.close, client, code, reason)
        else:
            hub.drop(client)  # what it has not read yet is no longer for its eyes


def say_goodbye(hub: "Hub", reason: str) -> None:
    """system:shutdown to everybody. Its id is where a client resumes: not past what it has not been sent."""
    hub.serve_sockets()  # whoever has just said where it resumes stands there
    now = utcnow()
    level = shutdown(hub.head, reason, now)
    words: dict[Protocol, bytes] = {}
    for client in hub.rooms.clients():
        hub.attempt(client, hub.subscriptions.settle, client)
        protocol = client.protocol
        if client.cursor is None:
            data = words.get(protocol) or words.setdefault(protocol, protocol.encode(level))
        else:
            data = protocol.encode(shutdown(_sent_up_to(client), reason, now))
        hub.attempt(client, hub.close, client, GOING_AWAY, STOPPING, data)


def wait_for_the_last(hub: "Hub") -> None:
    while hub.closing:
        gevent.sleep(0.02)


def _sent_up_to(client: Client) -> int:
    positions: Iterable[int] = (replay.position for replay in client.replays or ())
    return min(positions, default=client.cursor or 0)
