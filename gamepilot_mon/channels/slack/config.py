from dataclasses import dataclass, field

from gamepilot_mon.outbound import Network


@dataclass(frozen=True, slots=True)
class SlackConfig:
    webhook_url: str = field(repr=False)
    channel: str
    username: str = "GamePilot Alerts"
    icon_emoji: str = ":robot_face:"
    trusted: bool = False
    """the webhook's address was given in the environment, so it may be a private one"""
    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    connect_ms: int = 3_000
    read_ms: int = 8_000
    deadline_ms: int = 10_000
    """for everything together: a server that sends a byte now and then must not hold the sender"""
