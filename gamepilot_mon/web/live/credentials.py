"""Ends the streams of credentials that no longer hold: revoked, expired, or of a disabled user."""

from collections.abc import Callable, Collection

import gevent

from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.web.live.hub import Hub
from gamepilot_mon.web.live.store import Store
from gamepilot_mon.web.live.timing import Timing

UNAUTHORIZED = 4401

# Given those that hold something open, answers with the ones whose credential has ended.
Fallen = Callable[[Collection[Principal]], Collection[Principal]]


def watch(hub: Hub, store: Store, fallen: Fallen, timing: Timing) -> None:
    """Never returns. One read for all principals, however many connections they have."""
    while True:
        gevent.sleep(timing.recheck_ms / 1000)
        principals = hub.rooms.principals()
        if not principals:
            continue
        ended = store.read(fallen, principals)
        if ended:
            hub.close_all_of(frozenset(ended), UNAUTHORIZED, "the credential is no longer valid")
