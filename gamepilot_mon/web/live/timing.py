"""How long the live feed waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    ping_ms: int = 15_000
    silence_ms: int = 45_000  # no pong for so long: gone
    stuck_ms: int = 60_000  # its socket took nothing for so long: dropped
    linger_ms: int = 1_000  # for the answer to a farewell
    recheck_ms: int = 500  # between looks at whether credentials still hold
    coalesce_ms: int = 50  # items within it travel together; the first never waits
    poll_ms: int = 250  # the tail's backstop when a nudge is lost
