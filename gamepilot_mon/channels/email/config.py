from dataclasses import dataclass, field

from gamepilot_mon.outbound import Network

SMTPS_PORT = 465


@dataclass(frozen=True, slots=True)
class EmailConfig:
    host: str
    port: int
    secure: bool
    """on port 465 TLS from the first byte, on any other STARTTLS required; false is plain text"""
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    allow_plain: bool = False
    """plain text to other machines than this one"""
    trusted: bool = False
    """the host was given in the environment, so it may have a private address"""
    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    cafile: str | None = None
    """certificates trusted beside the system's"""
    connect_ms: int = 5_000
    answer_ms: int = 10_000
    """for one answer of the server"""
    deadline_ms: int = 30_000
    """for everything together"""

    @property
    def tls_from_start(self) -> bool:
        return self.secure and self.port == SMTPS_PORT

    @property
    def starttls(self) -> bool:
        return self.secure and self.port != SMTPS_PORT
