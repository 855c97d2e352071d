"""Gathered: what the errors of one group in a batch come to. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from gamepilot_mon.clock import HOUR_MS
from gamepilot_mon.error_groups.fingerprint import Identity
from gamepilot_mon.rules import RANK


@dataclass(frozen=True, slots=True)
class Failure:
    """One error. `order` is the id of its event."""

    order: int
    at: int
    operation: str
    severity: str
    user: str | None
    version: str | None
    error: str
    stack: str | None
    metadata: object = None


@dataclass(slots=True)
class Span:
    count: int
    first: int
    last: int


RANKS = {**RANK, "error": RANK["warning"] + 0.5}


@dataclass(slots=True)
class Gathered:
    identity: Identity
    operation: str
    failures: list[Failure] = field(default_factory=list)
    hours: Counter[int] = field(default_factory=Counter)
    users: set[str] = field(default_factory=set)
    versions: dict[str | None, Span] = field(default_factory=dict)
    severity: str = "info"

    def add(self, failure: Failure) -> None:
        self.failures.append(failure)
        self.hours[failure.at - failure.at % HOUR_MS] += 1
        if failure.user is not None:
            self.users.add(failure.user)
        self.severity = worse(self.severity, failure.severity)
        span = self.versions.setdefault(failure.version, Span(0, failure.at, failure.at))
        span.count += 1
        span.first, span.last = min(span.first, failure.at), max(span.last, failure.at)

    @property
    def first(self) -> Failure:
        return min(self.failures, key=lambda failure: (failure.at, failure.order))

    @property
    def last(self) -> Failure:
        return max(self.failures, key=lambda failure: (failure.at, failure.order))


def worse(one: str, other: str) -> str:
    """warning < error < critical."""
    return max(one, other, key=lambda severity: RANKS.get(severity, 0))
