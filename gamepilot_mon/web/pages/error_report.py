"""What the page of one error group shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gamepilot_mon import alerts
from gamepilot_mon.clock import iso
from gamepilot_mon.error_groups import listing, surroundings, trends
from gamepilot_mon.models import ErrorGroup
from gamepilot_mon.web.pages import figures

SPANS = {"24h": 24, "48h": 48, "7d": 168, "30d": 720}
DEFAULT = "48h"
DAILY_FROM = 336  # of so many hours on, a bar is a day
PAIRS, PAIR_MAX = 40, 500

Trend = dict[str, Any]


def hours(span: str) -> int:
    return SPANS.get(span, SPANS[DEFAULT])


def build(group: ErrorGroup, span_hours: int, now: int) -> dict[str, Any]:
    found = listing.detail(group, span_hours, now)
    counts = trends.by_hour([group.id], span_hours, now)[group.id]
    return {
        "group": {**found, "samples": [_sample(row) for row in found["samples"]]},
        "trend": _trend(trends.starts(span_hours, now), counts),
        "alerts": [alerts.payload(alert) for alert in surroundings.alerts(group)],
        "deploys": surroundings.deploys(group),
        "elsewhere": [_elsewhere(other) for other in surroundings.elsewhere(group)],
    }


def hourly(starts: Sequence[int], counts: Sequence[int]) -> Trend:
    """A bar an hour, named by its time of day (UTC)."""
    said = [f"{iso(start)[11:16]} UTC: {count}" for start, count in zip(starts, counts, strict=True)]
    return {"drawn": figures.bars(counts, said, width=96, height=24), "total": sum(counts)}


def _trend(starts: Sequence[int], counts: Sequence[int]) -> Trend:
    width = 24 if len(starts) >= DAILY_FROM else 1
    firsts = starts[::width]
    sums = [sum(counts[index : index + width]) for index in range(0, len(counts), width)]
    when = [f"{iso(start)[:10]} {iso(start)[11:16]} UTC" for start in firsts]
    said = [f"{moment}: {count}" for moment, count in zip(when, sums, strict=True)]
    busiest = max(range(len(sums)), key=sums.__getitem__)
    return {
        "drawn": figures.bars(sums, said, width=960, height=120),
        "hours": width,
        "total": sum(sums),
        "most": sums[busiest],
        "most_at": iso(firsts[busiest]),
        "first": iso(firsts[0]),
        "rows": [row for row in zip(when, sums, strict=True) if row[1]],
    }


def _sample(sample: dict[str, Any]) -> dict[str, Any]:
    return {**sample, "labels": _pairs(sample["metadata"])}


def _pairs(metadata: Any) -> list[tuple[str, str]]:
    if not isinstance(metadata, Mapping):
        return [] if metadata is None else [("metadata", _text(metadata))]
    return [(str(name)[:100], _text(value)) for name, value in list(metadata.items())[:PAIRS]]


def _text(value: Any) -> str:
    return (value if isinstance(value, str) else msgspec.json.encode(value).decode())[:PAIR_MAX]


def _elsewhere(group: ErrorGroup) -> dict[str, Any]:
    return {
        "id": group.id, "operation": group.operation, "count": group.count, "state": group.state,
        "lastSeen": iso(group.last_seen),
    }  # fmt: skip
