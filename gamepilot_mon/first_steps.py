"""First steps: what is still missing until an error of the app reaches a person."""

from dataclasses import dataclass

from gamepilot_mon import destinations, runtime_config
from gamepilot_mon.models import ChannelState, Check, Event, User
from gamepilot_mon.settings import Settings


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows; `delivered` when any channel ever took a message."""

    password: bool = False
    checked: bool = False
    heard: bool = False
    channels: tuple[str, ...] = ()
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is password, check, event, channel or test."""

    name: str
    done: bool


def steps(facts: Facts) -> tuple[Step, ...]:
    """In the order in which they are taken. A message that arrived proves that a channel was there."""
    return (
        Step("check", facts.checked),
        Step("password", facts.password),
        Step("event", facts.heard),
        Step("channel", bool(facts.channels) or facts.delivered),
        Step("test", facts.delivered),
    )


def finished(facts: Facts) -> bool:
    """With an event and a delivered message, the way from the app to a person is proven; the rest is choice."""
    return facts.heard and facts.delivered


def following(facts: Facts) -> str | None:
    """The name of the step to take next."""
    return next((step.name for step in steps(facts) if not step.done), None)


def read(settings: Settings) -> Facts:
    config = runtime_config.current(settings).config
    return Facts(
        password=User.select().where(User.password_hash.is_null(False) & User.disabled_at.is_null()).exists(),
        checked=Check.select().where(Check.observed_at.is_null(False)).exists(),
        heard=Event.select().exists(),
        channels=tuple(destinations.enabled(config)),
        delivered=ChannelState.select().where(ChannelState.last_success_at.is_null(False)).exists(),
    )
