from dataclasses import dataclass, field
from typing import Literal

from gamepilot_mon.outbound import Network


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    """key of the signature; None sends without one"""
    format: Literal["native", "alertmanager"] = "native"
    trusted: bool = False
    """the address was given in the environment, so it may be a private one"""
    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    connect_ms: int = 3_000
    read_ms: int = 8_000
    deadline_ms: int = 10_000
