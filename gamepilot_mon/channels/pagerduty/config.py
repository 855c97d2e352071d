from dataclasses import dataclass, field

from gamepilot_mon.outbound import Network


@dataclass(frozen=True, slots=True)
class PagerDutyConfig:
    routing_key: str = field(repr=False)
    url: str = "https://events.pagerduty.com/v2/enqueue"
    trusted: bool = False
    """the address was given in the environment, so it may be a private one"""
    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    connect_ms: int = 3_000
    read_ms: int = 8_000
    deadline_ms: int = 10_000
