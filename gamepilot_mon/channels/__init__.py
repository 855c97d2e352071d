"""What a notification channel is, and how channels are found.

A channel is any object (a module will do) with a `kind` and a `send`. It is announced by an entry point in
the group `gamepilot_mon.channels`; the ones that come with the product are announced in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Protocol

GROUP = "gamepilot_mon.channels"
DETAIL_MAX = 300


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is asked to say. Moments are epoch ms, spans are ms."""

    notification_id: str
    """uuid hex, the same for every attempt at one notification"""
    change: str
    """firing | escalated | deescalated | repeat | resolved | test"""
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


class Channel(Protocol):
    """`send` returns a Receipt or raises DeliveryError; `config` is the channel's own dataclass."""

    kind: str

    def send(self, config: Any, message: Message) -> Receipt: ...


class BrokenChannel(Exception):
    """An announced channel cannot be used; the text names the entry point and says why."""


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
