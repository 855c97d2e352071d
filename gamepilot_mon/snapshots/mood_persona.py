"""The mood-persona snapshot: what players feel and do, and how well recommendations and learning work.

The planner prefers the index on (kind, at), which leads it to every row; the named ones hold all it needs.
"""

from typing import Any

from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import iso
from gamepilot_mon.moods import people, reports
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import queries
from gamepilot_mon.snapshots.queries import rounded

TRANSITIONS_SHOWN = 10


def build(settings: Settings, now: int, *, hours: int = 24) -> dict[str, Any]:
    """The `mood-persona:update` payload over the last `hours`."""
    span = queries.span(hours)
    _, active = queries.users(now, span)
    return {
        "timestamp": iso(now),
        "moodPatterns": _moods(now - span),
        "actionPatterns": _actions(now - span),
        "activeUsers": {"count": active if queries.heard(now, span) else None, **people.active(now)},
        "recommendations": {**_recommendations(now - span), "launched": _launched(now - span, now)},
        "transitions": reports.transition_list(Span(now - span, now + 1))[:TRANSITIONS_SHOWN],
        "learning": _learning(now - span, span),
    }


def _moods(after: int) -> list[dict[str, Any]]:
    sql = """
        SELECT name, COUNT(*), AVG(value) FROM event INDEXED BY event_mood
        WHERE kind = 'mood_selection' AND at >= ? GROUP BY name ORDER BY 2 DESC, 1
    """
    return [
        {"primaryMood": name, "count": count, "avgIntensity": rounded(mean, 4)}
        for name, count, mean in queries.rows(sql, after)
    ]


def _actions(after: int) -> list[dict[str, Any]]:
    sql = """
        SELECT name, COUNT(*) FROM event INDEXED BY event_action
        WHERE kind = 'user_action' AND at >= ? GROUP BY name ORDER BY 2 DESC, 1
    """
    return [{"type": name, "count": count} for name, count in queries.rows(sql, after)]


def _recommendations(after: int) -> dict[str, Any]:
    """`successRate` is over the recommendations whose outcome was reported."""
    sql = """
        SELECT COUNT(*), COALESCE(SUM(json_extract(data, '$.clicked_game_id') IS NOT NULL), 0), AVG(ok)
        FROM event WHERE kind = 'recommendation' AND at >= ?
    """
    shown, clicked, success = queries.rows(sql, after)[0]
    return {
        "shown": shown or None,
        "clicked": clicked if shown else None,
        "successRate": rounded(success, 6),
    }


def _launched(after: int, now: int) -> int | None:
    """Of the recommendations shown in these hours, the first one taken as a whole."""
    launched: int | None = reports.whole_funnel(Span(after, now + 1))["launched"]
    return launched


def _learning(after: int, span: int) -> dict[str, Any]:
    """The mean of each metric, and how it moved against the period of the same length before."""
    now_means, before_means = _means(after, after + span), _means(after - span, after - 1)
    return {
        name: {"value": rounded(mean, 6), "trend": reports.trend(mean, before_means.get(name))}
        for name, mean in now_means.items()
    }


def _means(start: int, end: int) -> dict[str, float]:
    sql = """
        SELECT name, AVG(value) FROM event INDEXED BY event_learning
        WHERE kind = 'learning' AND at BETWEEN ? AND ? AND value IS NOT NULL GROUP BY name ORDER BY 1
    """
    return {str(name): float(mean) for name, mean in queries.rows(sql, start, end)}
