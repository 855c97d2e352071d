"""Pace: how fast a channel may be used. Pure; the state is one moment, so it survives a restart.

`paced_until` is when everything sent so far would be paid for at one message per `every_ms`. A message may go
while that moment is less than a burst ahead (the generic cell rate algorithm, ITU-T I.371).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """One message per `every_ms` in the long run, `burst` of them at once; 0 ms is without limit."""

    every_ms: int = 0
    burst: int = 1

    def free_at(self, paced_until: int, now: int) -> int:
        """When the next message may go; `now` or earlier means at once."""
        # More than a full burst ahead is from before the clock was set back, and must not silence the channel.
        if paced_until > now + self.every_ms * self.burst:
            return now
        return paced_until - self.every_ms * (self.burst - 1)

    def after(self, paced_until: int, now: int) -> int:
        """`paced_until` once a message went at `now`."""
        if self.every_ms == 0:
            return 0
        return max(min(paced_until, now + self.every_ms * self.burst), now) + self.every_ms


UNLIMITED = Pace()
