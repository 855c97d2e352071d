"""Facts: what events of one sort add to which series. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from gamepilot_mon.rollups.series import Labels, Name

# Beside the series by operation, these keep one without labels that is the sum of the others.
TOTALLED = frozenset({"operation_duration_ms", "operation_failures", "slow_operations", "errors"})


class Sort(NamedTuple):
    """What events have in common that add to the same series. `data` is the JSON text of a metric's.

    The name of a query is what its statement counts as.
    """

    kind: str
    name: str | None
    ok: bool | None
    severity: str | None
    data: str | None


def additions(sort: Sort, values: Sequence[float], slow_ms: float) -> Iterator[tuple[Name, Sequence[float]]]:
    """The values that each series gets from the events of one sort, whose own are `values`."""
    label: Labels = (("operation", sort.name or ""),)
    ones = [1.0] * len(values)
    if sort.kind == "operation":
        yield from _also_in_total("operation_duration_ms", label, values)
        if not sort.ok:
            yield from _also_in_total("operation_failures", label, ones)
    if sort.kind == "query":
        yield ("query_duration_ms", label), values
    if sort.kind in ("operation", "query"):
        slow = [value for value in values if value > slow_ms]
        if slow:
            yield from _also_in_total("slow_operations", label, slow)
    if sort.kind == "error":
        yield from _also_in_total("errors", label, ones)
        if sort.severity == "critical":
            yield ("critical_errors", label), ones
    if sort.kind == "metric":
        yield (sort.name or "", _labels(sort.data)), values


def _also_in_total(
    metric: str, label: Labels, values: Sequence[float]
) -> Iterator[tuple[Name, Sequence[float]]]:
    yield (metric, ()), values
    yield (metric, label), values


def _labels(data: str | None) -> Labels:
    fields: dict[str, Any] = msgspec.json.decode(data) if data else {}
    return tuple(sorted((fields.get("labels") or {}).items()))
