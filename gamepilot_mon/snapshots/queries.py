"""What several snapshots ask the store, each as one aggregate over an index.

The kinds are written into the SQL: SQLite uses a partial index only when its condition is there in words.
"""

from dataclasses import dataclass
from typing import Any

from gamepilot_mon import rollups
from gamepilot_mon.clock import DAY_MS, HOUR_MS, SECOND_MS, iso
from gamepilot_mon.db import database
from gamepilot_mon.measures import newest_event_at
from gamepilot_mon.models.alert import Alert
from gamepilot_mon.models.check import Check
from gamepilot_mon.models.process import Process

DAEMON = "daemon"
OPEN_STATUSES = ("firing", "acknowledged")

# Walks from each user to the next one in the index, so that it costs by user and not by event.
_USERS = """
WITH RECURSIVE seen (user, at) AS (
    SELECT * FROM (
        SELECT user, at FROM event WHERE user IS NOT NULL ORDER BY user DESC, at DESC LIMIT 1
    )
    UNION ALL
    SELECT event.user, event.at FROM seen JOIN event ON event.id = (
        SELECT id FROM event WHERE user IS NOT NULL AND user < seen.user ORDER BY user DESC, at DESC LIMIT 1
    )
)
SELECT COUNT(*), COALESCE(SUM(at >= ?), 0) FROM seen
"""


@dataclass(frozen=True, slots=True)
class Durations:
    """One operation's durations in ms over a span."""

    count: int
    sum: float
    max: float

    @property
    def mean(self) -> float:
        return self.sum / self.count


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return list(database.execute_sql(sql, values).fetchall())


def heard(now: int, span_ms: int = DAY_MS) -> bool:
    """Whether the app reported anything at all in the span."""
    newest = newest_event_at()
    return newest is not None and newest >= now - span_ms


def users(now: int, span_ms: int = DAY_MS) -> tuple[int, int]:
    """(distinct users in the kept events, those of them seen within the span)."""
    total, active = rows(_USERS, now - span_ms)[0]
    return int(total), int(active)


def durations(metric: str, span_ms: int, now: int) -> dict[str, Durations]:
    """Count, sum and maximum by operation over the buckets of rollups.spans()."""
    found = rollups.over_by_label(metric, rollups.spans(span_ms, now), percentiles=False)
    return {name: Durations(bucket.count, bucket.sum, bucket.max) for name, bucket in found.items()}


def slow_queries(span_ms: int, now: int, limit: int = 10) -> list[dict[str, Any]]:
    """The operations and queries that were slow, the slowest first."""
    slow = sorted(
        durations("slow_operations", span_ms, now).items(), key=lambda item: item[1].max, reverse=True
    )
    return [
        {
            "operation": name,
            "avgDuration": rounded(found.mean),
            "maxDuration": rounded(found.max),
            "count": found.count,
        }
        for name, found in slow[:limit]
    ]


def status(now: int) -> str:
    """The worst open alert decides; `unknown` when neither the app nor a check of it was ever heard of."""
    severities = {
        row.severity for row in Alert.select(Alert.severity).where(Alert.status.in_(OPEN_STATUSES)).distinct()
    }
    if "critical" in severities:
        return "critical"
    if "warning" in severities:
        return "degraded"
    return "healthy" if heard(now) or _observed() else "unknown"


def _observed() -> bool:
    """A check that alerts is one of GamePilot; the host alone says nothing about it."""
    return bool(Check.select().where(Check.alerting & Check.state.in_(("up", "down"))).exists())


def daemon_uptime_s(now: int) -> float | None:
    daemon = Process.get_or_none(Process.name == DAEMON)
    return max(0, now - daemon.started_at) / SECOND_MS if daemon else None


def rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def failure(at: int, operation: str | None, data: dict[str, Any] | None) -> dict[str, Any]:
    """One error as the snapshots list it."""
    text = str((data or {}).get("error", ""))
    return {"timestamp": iso(at), "operation": operation, "error": text[:500]}


def span(hours: int) -> int:
    return hours * HOUR_MS
