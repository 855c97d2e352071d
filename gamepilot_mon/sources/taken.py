"""What came of a stranger's request: the events, and how much else there was in it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gamepilot_mon.sources.kinds import Reported
from gamepilot_mon.sources.releases import Version


@dataclass(slots=True)
class Taken:
    """`passed_over` counts what is well-formed but becomes no event, by what it is; `rejected` what is not."""

    events: list[Reported] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    reason: str = ""  # of the first rejection
    versions: set[Version] = field(default_factory=set)

    def keep(self, events: Iterable[Reported], otherwise: str) -> None:
        """Some events, or one more passed over under the name `otherwise`."""
        before = len(self.events)
        self.events += events
        if len(self.events) == before:
            self.passed_over[otherwise] += 1

    def reject(self, reason: str) -> None:
        self.rejected += 1
        self.reason = self.reason or reason
