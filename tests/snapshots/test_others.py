from pathlib import Path

import pytest

from gamepilot_mon import alerts, db, feed
from gamepilot_mon.models.process import Process
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import alert_summary, errors, monitoring, mood_persona, performance

from .reports import DAY, HOUR, MINUTE, NOW, error, operation, report

SETTINGS = Settings.from_env({}, dotenv=None)


def test_it_describes_each_operation(store: Path) -> None:
    report(
        *(operation("login", ms) for ms in range(1, 101)),
        operation("login", 1_500, ok=False),
        {"kind": "query", "name": "select 1", "value": 2_000.0},
    )
    payload = performance.build(SETTINGS, NOW, hours=1)
    login = payload["operations"]["login"]
    assert (login["minDuration"], login["maxDuration"], login["totalOperations"]) == (1.0, 1500.0, 101)
    assert (login["avgDuration"], login["slowOperations"]) == (64.85, 1)
    assert login["p50"] == pytest.approx(51, rel=0.01)
    assert login["p95"] == pytest.approx(96, rel=0.01)
    assert login["p99"] == pytest.approx(100, rel=0.01)
    assert login["successRate"] == round(100 / 101, 6)
    assert payload["period"] == "1h"
    assert [slow["operation"] for slow in payload["slowQueries"]] == ["select ?", "login"]
    assert payload["summary"] == {
        "totalOperations": 101,
        "avgResponseTime": 64.85,
        "overallSuccessRate": round(100 / 101, 6),
    }


def test_it_has_no_figures_without_operations(store: Path) -> None:
    assert performance.build(SETTINGS, NOW) == {
        "timestamp": "2026-11-24T12:00:00.000Z",
        "period": "24h",
        "operations": {},
        "slowQueries": [],
        "summary": {"totalOperations": None, "avgResponseTime": None, "overallSuccessRate": None},
    }


def test_it_lists_errors_by_operation_and_hour_with_the_newest_ten(store: Path) -> None:
    report(
        *(error("login", f"no {n}", at=NOW - n * MINUTE) for n in range(1, 13)),
        error("search", "gone", "critical", at=NOW - 2 * HOUR),
        error("search", "long ago", at=NOW - 2 * DAY),
    )
    payload = errors.build(SETTINGS, NOW)
    assert (payload["totalErrors"], payload["criticalErrors"]) == (13, 1)
    assert payload["errorsByOperation"] == {"login": 12, "search": 1}
    assert payload["errorsByHour"] == [
        {"hour": "2026-11-24T10:00:00.000Z", "count": 1},
        {"hour": "2026-11-24T11:00:00.000Z", "count": 12},
    ]
    assert [e["error"] for e in payload["recentErrors"]] == [f"no {n}" for n in range(1, 11)]
    assert payload["recentErrors"][0] == {
        "timestamp": "2026-11-24T11:59:00.000Z",
        "operation": "login",
        "error": "no 1",
        "severity": "error",
    }


def test_it_shows_the_groups_of_errors(store: Path) -> None:
    report(*(error("login", f"no user {n}", at=NOW - n * MINUTE, user=f"u{n}") for n in range(1, 4)))
    groups = errors.build(SETTINGS, NOW)["groups"]
    assert (groups["open"], groups["new"], groups["regressed"]) == (1, 1, 0)
    [top] = groups["top"]
    assert (top["title"], top["count"], top["users"]) == ("no user <n>", 3, 3)


def test_it_tells_a_silent_app_from_one_without_errors(store: Path) -> None:
    assert errors.build(SETTINGS, NOW)["totalErrors"] is None
    report(operation("login", 10))
    assert errors.build(SETTINGS, NOW)["totalErrors"] == 0


def test_it_shows_moods_actions_recommendations_and_learning(store: Path) -> None:
    def learning(value: float, at: int, name: str = "accuracy") -> dict[str, object]:
        return {"kind": "learning", "name": name, "value": value, "at": at}

    report(
        {"kind": "mood_selection", "name": "social", "value": 0.5, "user": "ann"},
        {"kind": "mood_selection", "name": "social", "value": 1.0, "user": "ann"},
        {"kind": "mood_selection", "name": "creative", "value": 0.1, "user": "bob"},
        {"kind": "user_action", "name": "launch", "user": "ann"},
        {"kind": "recommendation", "user": "ann", "ok": True, "data": {"clicked_game_id": "g1"}},
        {"kind": "recommendation", "user": "ann", "ok": None, "data": {"clicked_game_id": None}},
        {"kind": "recommendation", "user": "ann", "ok": False},
        learning(0.8, NOW - HOUR),
        learning(0.6, NOW - DAY - HOUR),
        learning(0.5, NOW - HOUR, "engagement"),
    )
    assert mood_persona.build(SETTINGS, NOW) == {
        "timestamp": "2026-11-24T12:00:00.000Z",
        "moodPatterns": [
            {"primaryMood": "social", "count": 2, "avgIntensity": 0.75},
            {"primaryMood": "creative", "count": 1, "avgIntensity": 0.1},
        ],
        "actionPatterns": [{"type": "launch", "count": 1}],
        "activeUsers": {"count": 2, "now": 2, "last24h": 2, "last7d": 2, "last30d": 2},
        "recommendations": {"shown": 3, "clicked": 1, "successRate": 0.5, "launched": 0},
        "transitions": [{"from": "social", "to": "social", "count": 1, "share": 1.0}],
        "learning": {
            "accuracy": {"value": 0.8, "trend": "up"},
            "engagement": {"value": 0.5, "trend": None},
        },
    }


def test_it_knows_no_moods_of_a_silent_app(store: Path) -> None:
    payload = mood_persona.build(SETTINGS, NOW)
    assert payload["moodPatterns"] == payload["actionPatterns"] == []
    assert set(payload["activeUsers"].values()) == {None}
    assert set(payload["recommendations"].values()) == {None}
    assert payload["transitions"] == []
    assert payload["learning"] == {}


@pytest.mark.parametrize(
    ("silent_ms", "stalled", "active"), [(0, None, True), (15_001, None, False), (0, "deliver", False)]
)
def test_it_is_active_only_while_the_daemon_beats(
    store: Path, silent_ms: int, stalled: str | None, active: bool
) -> None:
    Process.create(name="daemon", pid=1, started_at=NOW - MINUTE, beat_at=NOW - silent_ms, stalled=stalled)
    with db.write():
        feed.append("health:update", {}, NOW - 5_000)
    assert monitoring.build(SETTINGS, NOW, connected_clients=3) == {
        "isActive": active,
        "connectedClients": 3,
        "lastUpdate": "2026-11-24T11:59:55.000Z",
        "uptime": 60.0,
        "status": "unknown",
    }


def test_it_is_not_active_before_the_daemon_ever_ran(store: Path) -> None:
    assert monitoring.build(SETTINGS, NOW)["isActive"] is False


def test_it_counts_the_alerts_of_the_kept_history(store: Path) -> None:
    def fire(number: int, severity: str, at: int) -> None:
        with db.write():
            alerts.raise_custom(
                type_="slow_queries" if number % 2 else "error_rate", severity=severity, message="m",
                value=None, threshold=None, metadata={}, labels={}, identity=str(number), now=at,
            )  # fmt: skip

    for number in range(12):
        fire(number, "warning", NOW)
    fire(12, "critical", NOW)
    fire(13, "critical", NOW - SETTINGS.history_ms - 1)
    summary = alert_summary.build(SETTINGS, NOW)
    assert summary["totalAlerts"] == 13
    assert summary["alertsByType"] == {"error_rate": 7, "slow_queries": 6}
    assert summary["alertsBySeverity"] == {"critical": 1, "warning": 12}
    assert len(summary["lastAlerts"]) == 10
