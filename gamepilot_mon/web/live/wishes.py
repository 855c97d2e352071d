"""What clients may ask for, read out of what they sent; the transports differ only in how they write it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from gamepilot_mon import feed
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.web.live.client import BIT

MAX_HOURS = 24 * 90

Snapshot = Callable[[int | None], dict[str, Any]]
May = Callable[[Principal, str], bool]  # whether somebody may send a message of this type


class Mistake(Exception):
    """A message that means nothing here; the text goes back to the client."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    topics: int
    since: int | None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    topics: int


@dataclass(frozen=True, slots=True)
class Request:
    what: str
    hours: int | None


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Wish = Subscribe | Unsubscribe | Request | Ping


def check_may(may: May, principal: Principal, wish: Wish) -> None:
    """Raises Mistake when it is not theirs to ask for."""
    kind = type(wish).__name__.lower()
    if not may(principal, kind):
        raise Mistake(f"the role {principal.role} may not {kind}")


def topics_of(topics: object) -> int:
    if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
        raise Mistake("topics is a list of names")
    return bits_of(topics)


def bits_of(topics: list[str]) -> int:
    """Raises Mistake when one is not a topic."""
    bits = 0
    for topic in topics:
        if topic not in BIT:
            raise Mistake(f"unknown topic {topic[:40]!r}; topics are {', '.join(feed.TOPICS)}")
        bits |= BIT[topic]
    return bits


def since_of(since: object) -> int | None:
    if since is None:
        return None
    if not isinstance(since, int) or isinstance(since, bool) or since < 0:
        raise Mistake("since is the id of the last item seen, a whole number")
    return since


def request_of(what: object, hours: object, known: Collection[str]) -> Request:
    if not isinstance(what, str) or what not in known:
        raise Mistake(f"what is one of {', '.join(known)}")
    whole = isinstance(hours, int) and not isinstance(hours, bool)
    if hours is None:
        return Request(what, None)
    if not (isinstance(hours, int) and whole and 1 <= hours <= MAX_HOURS):
        raise Mistake(f"hours is a whole number from 1 to {MAX_HOURS}")
    return Request(what, hours)
