"""Slowing down guesses: so many failed tries per address and minute, counted before they are judged."""

from collections import deque
from dataclasses import dataclass, field

from gamepilot_mon.clock import MINUTE_MS

ADDRESSES_MAX = 10_000


@dataclass(slots=True)
class Guesses:
    limit: int = 10
    span_ms: int = MINUTE_MS
    _tries: dict[str, deque[int]] = field(default_factory=dict)

    def begin(self, address: str, now: int) -> int | None:
        """Count a try; None when it may go on, else the ms until the next one may.

        Counted first, so that many tries at once cannot all be judged before the first has failed.
        """
        tries = self._recent(address, now)
        if len(tries) >= self.limit:
            return tries[0] + self.span_ms - now
        tries.append(now)
        return None

    def forgive(self, address: str) -> None:
        """The last try was right, so it does not count."""
        if self._tries.get(address):
            self._tries[address].pop()

    def _recent(self, address: str, now: int) -> deque[int]:
        if address not in self._tries and len(self._tries) >= ADDRESSES_MAX:
            self._forget(now)
        tries = self._tries.setdefault(address, deque())
        while tries and tries[0] <= now - self.span_ms:
            tries.popleft()
        return tries

    def _forget(self, now: int) -> None:
        """Bounded memory: addresses without a recent try go, and if all have one, the oldest does."""
        for address in [
            a for a, tries in self._tries.items() if not tries or tries[-1] <= now - self.span_ms
        ]:
            del self._tries[address]
        if len(self._tries) >= ADDRESSES_MAX:
            del self._tries[next(iter(self._tries))]
