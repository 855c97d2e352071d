"""Samples: the first and the last error of a group, and a few in between, as they were reported."""

from gamepilot_mon.error_groups import stack
from gamepilot_mon.error_groups.gathered import Failure, Gathered
from gamepilot_mon.models import ErrorGroup, ErrorSample

MESSAGE_MAX = 4_000
STACK_MAX = 16_000
BETWEEN = 5


def keep_samples(group: ErrorGroup, gathered: Gathered, before: tuple[int, int, int] | None) -> None:
    """`before` is (first seen, last seen, count) without these errors; None of a new group. Inside a write()."""
    first, last = gathered.first, gathered.last
    if before is None or first.at < before[0]:
        _keep(group, "first", first)
    if before is None or last.at >= before[1]:
        _keep(group, "last", last)
    count = before[2] if before else 0
    for slot, number in _milestones(count, count + len(gathered.failures)):
        _keep(group, f"between-{slot}", gathered.failures[number - count - 1])


def _milestones(after: int, until: int) -> list[tuple[int, int]]:
    """(slot, n): the 2nd, 10th, 100th, 1000th … error; the newest few of them are kept."""
    numbers = [2, *(10**power for power in range(1, 16))]
    return [(index % BETWEEN, number) for index, number in enumerate(numbers) if after < number <= until]


def _keep(group: ErrorGroup, slot: str, failure: Failure) -> None:
    ErrorSample.insert(
        group_id=group.id, slot=slot, event_id=failure.order, at=failure.at, severity=failure.severity,
        user=failure.user, version=failure.version, message=failure.error[:MESSAGE_MAX],
        stack=stack.clipped(failure.stack, STACK_MAX), metadata=failure.metadata,
    ).on_conflict_replace().execute()  # fmt: skip
