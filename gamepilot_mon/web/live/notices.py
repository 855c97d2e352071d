"""Items that only one connection sees: not in the log, so their id is where that client stands."""

import msgspec

from gamepilot_mon import feed
from gamepilot_mon.feed import Item

# Within it a client that is sent away comes back, at a moment of its own choice, so that not all come at once.
RECONNECT_MS = (500, 5_000)


def gap(since: int | None, to: int, reason: str, now: int) -> Item:
    """What came after `since` and up to `to` cannot be replayed; a snapshot follows."""
    return _notice(to, "system:gap", {"from": since, "to": to, "reason": reason}, now)


def shutdown(position: int, reason: str, now: int) -> Item:
    earliest, latest = RECONNECT_MS
    hint = {"minMs": earliest, "maxMs": latest}
    return _notice(position, "system:shutdown", {"reason": reason, "reconnect": hint}, now)


def _notice(id: int, event: str, data: dict[str, object], now: int) -> Item:
    return Item(id, event, feed.ALWAYS_ON, now, msgspec.json.encode(data).decode())
