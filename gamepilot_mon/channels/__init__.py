"""What a notification channel is, and how channels are found.

A channel is any object (a module will do) with a `kind` and a `send`, perhaps `Options`, the model of what can be
set of it, and `traits`. It is announced by an entry point in
the group `gamepilot_mon.channels`; the ones that come with the product are announced in the same way.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Protocol

from gamepilot_mon.channels.options import Options as Options
from gamepilot_mon.pace import Pace

GROUP = "gamepilot_mon.channels"
FOR_PEOPLE = Pace(every_ms=1_000, burst=5)
DETAIL_MAX = 300


@dataclass(frozen=True, slots=True)
class Group:
    """The incident that an alert belongs to, and how many of its other alerts are open."""

    incident_id: int
    others: int


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is asked to say. Moments are epoch ms, spans are ms."""

    notification_id: str
    """uuid hex, the same for every attempt at one notification"""
    change: str
    """firing | escalated | deescalated | repeat | resolved | summary | test"""
    alert_id: int | None
    type: str
    severity: str
    status: str
    text: str
    value: float | None
    threshold: float | None
    timestamp: int
    started_at: int
    ended_at: int | None
    fingerprint: str
    labels: Mapping[str, str]
    metadata: Mapping[str, Any]
    resend: bool
    """a previous attempt may have reached the receiver"""
    late_ms: int
    """how long after the change this attempt is made"""
    url: str | None
    """the alert's page on the dashboard"""
    late_because: str | None = None
    """what held it up"""
    instead_of: str | None = None
    """the channel that could not deliver it, when this one stands in"""
    route: str | None = None
    """the route and the step that say that this channel hears of it"""
    incident: Group | None = None
    """what the alert belongs to"""
    acknowledge_url: str | None = field(default=None, repr=False)
    """a link that acknowledges the alert without signing in: a secret, for the receiver only"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message; `detail` is its answer, free of secrets, at most 300 characters."""

    detail: str


class DeliveryError(Exception):
    """The provider did not take the message, or may not have.

    permanent: another attempt cannot help until somebody changes something.
    retry_after_ms: the provider asked for this pause.
    uncertain: the receiver may have the message, so the next attempt is a resend.
    """

    def __init__(
        self,
        detail: str,
        *,
        permanent: bool = False,
        retry_after_ms: int | None = None,
        uncertain: bool = False,
    ) -> None:
        self.detail = detail[:DETAIL_MAX]
        self.permanent = permanent
        self.retry_after_ms = retry_after_ms
        self.uncertain = uncertain
        super().__init__(self.detail)


@dataclass(frozen=True, slots=True)
class Traits:
    """How a channel wants to be used."""

    pace: Pace = FOR_PEOPLE
    summarises: bool = True
    """people read it: a storm is told in one message. A machine that keeps its own record gets every one"""
    at_once: int = 1
    """how many messages may be in the air, those about one alert still in order. Only without a pace"""


class Channel(Protocol):
    """`send` returns a Receipt or raises DeliveryError; `config` is what the channel's Options make of themselves.
    Without `traits` a channel is used as one that people read, without `Options` it has nothing to set. `prepare()`,
    when there is one, is called before the first message, in a process that is going to send some."""

    kind: str

    def send(self, config: Any, message: Message) -> Receipt: ...


def traits(channel: Channel) -> Traits:
    given: Traits = getattr(channel, "traits", Traits())
    return given


def prepare(channel: Channel) -> None:
    """Let it load what sending takes, so that its first message need not wait for that."""
    ready: Callable[[], None] | None = getattr(channel, "prepare", None)
    if ready is not None:
        ready()


def options_of(channel: Channel) -> type[Options]:
    given: type[Options] = getattr(channel, "Options", Options)
    return given


class BrokenChannel(Exception):
    """An announced channel cannot be used; the text names the entry point and says why."""


@functools.cache
def installed() -> dict[str, Channel]:
    """As load(), once a process: what is installed does not change while it runs."""
    return load()


def load() -> dict[str, Channel]:
    """Every installed channel by kind. A broken or doubled one raises, since going on would lose alerts."""
    channels: dict[str, Channel] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        channel = _load_one(entry.name, entry.value, entry.load)
        if channel.kind in channels:
            raise BrokenChannel(f"two channels are of the kind {channel.kind!r}; one is {entry.value}")
        channels[channel.kind] = channel
    return channels


def _load_one(name: str, value: str, load_object: Any) -> Channel:
    try:
        channel: Channel = load_object()
    except (ImportError, AttributeError) as error:
        raise BrokenChannel(f"channel {name!r} ({value}) cannot be imported: {error}") from error
    if not isinstance(getattr(channel, "kind", None), str) or not callable(getattr(channel, "send", None)):
        raise BrokenChannel(f"channel {name!r} ({value}) needs a text `kind` and a callable `send`")
    return channel
