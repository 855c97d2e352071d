"""The health snapshot: how GamePilot is doing now, over the last 24 hours and the last hour."""

from typing import Any

from gamepilot_mon import checks, measures, rollups
from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso
from gamepilot_mon.models.check import Check
from gamepilot_mon.models.event import Event
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import queries
from gamepilot_mon.snapshots.queries import Durations, rounded
from gamepilot_mon.sources import gamepilot_progress

PERSONA_COUNTS = {
    "moodSelections24h": "mood_selection",
    "userActions24h": "user_action",
    "recommendationEvents24h": "recommendation",
}
CRITICAL_SHOWN = 10

# An operation belongs to a step when its name, without punctuation and case, contains one of these.
STEPS = {
    "avgMoodSelectionTime": ("moodselection", "selectmood"),
    "avgRecommendationTime": ("recommend",),
    "avgPersonaUpdateTime": ("personaupdate", "updatepersona"),
}


def build(settings: Settings, now: int, *, hours: int = 24) -> dict[str, Any]:
    """The `health:update` payload. Its spans are in its names, so `hours` changes nothing."""
    totals = measures.totals(DAY_MS, now)
    heard = queries.heard(now)
    check = Check.get_or_none(Check.name == checks.DATABASE)
    return {
        "timestamp": iso(now),
        "status": queries.status(now),
        "uptime": queries.daemon_uptime_s(now),
        "database": _database(check, now),
        "moodPersona": _mood_persona(totals, check, heard, now),
        "performance": {**_steps(now), "slowQueries": queries.slow_queries(DAY_MS, now)},
        "errors": _errors(totals, heard, now),
    }


def _database(check: Check | None, now: int) -> dict[str, Any]:
    measured = check is not None and check.state != "unknown"
    data = (check.data if check else None) or {}
    source = {} if check is None else {"source": gamepilot_progress.progress(now).summary()}
    return {
        "connected": check.state == "up" if check and measured else None,
        "responseTime": rounded(check.latency_ms) if check else None,
        "tableCounts": data.get("tableCounts") or {},
        "lastMigration": data.get("lastMigration"),
        **source,
    }


def _mood_persona(totals: measures.Totals, check: Check | None, heard: bool, now: int) -> dict[str, Any]:
    seen, active = queries.users(now)
    users = ((check.data if check else None) or {}).get("users")
    counts = _counts(now)
    success = measures.success_ratio(totals)
    return {
        "totalUsers": users if users is not None else seen or None,
        "activeUsers24h": active if heard else None,
        **{name: counts.get(kind, 0) if heard else None for name, kind in PERSONA_COUNTS.items()},
        "avgResponseTime": rounded(totals.operations.mean),
        "successRate": rounded(success, 6),
    }


def _counts(now: int) -> dict[str, int]:
    """Each by its own partial index; an IN would use none of them."""
    one = "SELECT COUNT(*) FROM event WHERE kind = '{}' AND at >= ?"
    counts = {kind: queries.rows(one.format(kind), now - DAY_MS)[0][0] for kind in PERSONA_COUNTS.values()}
    return {kind: count for kind, count in counts.items() if count}


def _steps(now: int) -> dict[str, float | None]:
    by_operation = queries.durations("operation_duration_ms", DAY_MS, now)
    return {step: _mean(by_operation, words) for step, words in STEPS.items()}


def _mean(by_operation: dict[str, Durations], words: tuple[str, ...]) -> float | None:
    """The mean over all samples of the operations whose name contains one of `words`."""
    found = [d for name, d in by_operation.items() if any(word in _plain(name) for word in words)]
    count = sum(d.count for d in found)
    return rounded(sum(d.sum for d in found) / count) if count else None


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _errors(totals: measures.Totals, heard: bool, now: int) -> dict[str, Any]:
    return {
        "last24h": totals.errors if heard else None,
        "lastHour": rollups.window("errors", HOUR_MS, now).count if heard else None,
        "errorRate": rounded(measures.error_ratio(totals), 6),
        "criticalErrors": _critical(now),
    }


def _critical(now: int) -> list[dict[str, Any]]:
    sql = """
        SELECT id FROM event INDEXED BY event_critical
        WHERE kind = 'error' AND severity = 'critical' AND at >= ?
        ORDER BY at DESC LIMIT ?
    """
    ids = [row[0] for row in queries.rows(sql, now - DAY_MS, CRITICAL_SHOWN)]
    newest = Event.select().where(Event.id.in_(ids)).order_by(Event.at.desc(), Event.id.desc())
    return [queries.failure(event.at, event.name, event.data) for event in newest]
