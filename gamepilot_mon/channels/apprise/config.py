from dataclasses import dataclass, field

from gamepilot_mon.outbound import Network


@dataclass(frozen=True, slots=True)
class AppriseConfig:
    url: str = field(repr=False)
    """in it are the service, the receiver and the key"""
    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    deadline_ms: int = 30_000
    """for everything together"""
