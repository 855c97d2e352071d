from dataclasses import dataclass

from gamepilot_mon.outbound import Network


@dataclass(frozen=True, slots=True)
class PushConfig:
    subject: str
    """whom a push service may write to about our messages: a mailto: or https: address"""
    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    connect_ms: int = 3_000
    read_ms: int = 8_000
    deadline_ms: int = 10_000
    """for one browser"""
