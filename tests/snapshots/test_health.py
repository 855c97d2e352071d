from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import alerts, checks, db
from gamepilot_mon.models.alert import Alert
from gamepilot_mon.models.check import Check
from gamepilot_mon.models.process import Process
from gamepilot_mon.probes import Reading
from gamepilot_mon.settings import Settings
from gamepilot_mon.snapshots import health

from .reports import DAY, HOUR, MINUTE, NOW, error, operation, report

SETTINGS = Settings.from_env({}, dotenv=None)


def build() -> dict[str, Any]:
    return health.build(SETTINGS, NOW)


def raise_alert(severity: str) -> Alert:
    with db.write():
        return alerts.raise_custom(
            type_="error_rate", severity=severity, message="many", value=None, threshold=None,
            metadata={}, labels={}, identity=severity, now=NOW,
        )  # fmt: skip


def database_check(reading: Reading) -> None:
    with db.write():
        check = Check.create(
            name=checks.DATABASE, kind="gamepilot_database", spec={}, interval_ms=30_000,
            origin="settings", created_at=NOW,
        )  # fmt: skip
        checks.record(check, reading, NOW)


def test_it_knows_nothing_of_an_app_that_was_never_heard_of(store: Path) -> None:
    assert build() == {
        "timestamp": "2026-11-24T12:00:00.000Z",
        "status": "unknown",
        "uptime": None,
        "database": {"connected": None, "responseTime": None, "tableCounts": {}, "lastMigration": None},
        "moodPersona": {
            "totalUsers": None,
            "activeUsers24h": None,
            "moodSelections24h": None,
            "userActions24h": None,
            "recommendationEvents24h": None,
            "avgResponseTime": None,
            "successRate": None,
        },
        "performance": {
            "avgMoodSelectionTime": None,
            "avgRecommendationTime": None,
            "avgPersonaUpdateTime": None,
            "slowQueries": [],
        },
        "errors": {"last24h": None, "lastHour": None, "errorRate": None, "criticalErrors": []},
    }


def test_it_counts_players_and_what_they_do(store: Path) -> None:
    old = {"at": NOW - DAY - MINUTE, "received_at": NOW - DAY - MINUTE}
    report(
        {"kind": "mood_selection", "name": "social", "value": 0.5, "user": "ann"},
        {"kind": "user_action", "name": "launch", "user": "ann"},
        {"kind": "user_action", "name": "view", "user": "bob"},
        {"kind": "recommendation", "user": "bob", "ok": True},
        {"kind": "user_action", "name": "view", "user": "eve", **old},
        operation("mood_selection", 100),
        operation("recommendation.generate", 300, ok=False),
    )
    assert build()["moodPersona"] == {
        "totalUsers": 3,
        "activeUsers24h": 2,
        "moodSelections24h": 1,
        "userActions24h": 2,
        "recommendationEvents24h": 1,
        "avgResponseTime": 200.0,
        "successRate": 0.5,
    }


def test_it_finds_the_three_steps_by_their_names(store: Path) -> None:
    report(
        operation("moodSelection", 100),
        operation("db.mood-selection.save", 200),
        operation("get_recommendations", 40),
        operation("updatePersona", 7),
        operation("login", 9_000),
    )
    performance = build()["performance"]
    assert performance == {
        "avgMoodSelectionTime": 150.0,
        "avgRecommendationTime": 40.0,
        "avgPersonaUpdateTime": 7.0,
        "slowQueries": [{"operation": "login", "avgDuration": 9000.0, "maxDuration": 9000.0, "count": 1}],
    }


def test_it_sums_up_the_errors(store: Path) -> None:
    hours_ago = {"at": NOW - 5 * HOUR, "received_at": NOW - 5 * HOUR}
    report(
        *(operation("login", 10) for _ in range(10)),
        error("login", "no session", "critical"),
        error("search", "no index", **hours_ago),
    )
    assert build()["errors"] == {
        "last24h": 2,
        "lastHour": 1,
        "errorRate": 0.2,
        "criticalErrors": [
            {"timestamp": "2026-11-24T11:59:00.000Z", "operation": "login", "error": "no session"}
        ],
    }


def test_it_shows_what_the_database_check_found(store: Path) -> None:
    data = {"tableCounts": {"users": 7}, "lastMigration": "002_moods", "users": 7}
    database_check(Reading("up", 1.234, data=data))
    payload = build()
    assert payload["database"] == {
        "connected": True,
        "responseTime": 1.23,
        "tableCounts": {"users": 7},
        "lastMigration": "002_moods",
        "source": {"rowsBehind": 0, "rowsPerSecond": None, "estimatedEnd": None, "problems": []},
    }
    assert payload["moodPersona"]["totalUsers"] == 7
    assert payload["status"] == "healthy"


@pytest.mark.parametrize(("state", "connected"), [("down", False), ("unknown", None)])
def test_it_tells_a_database_that_is_down_from_one_not_seen(
    store: Path, state: str, connected: bool | None
) -> None:
    database_check(Reading(state, error="no such file"))
    assert build()["database"]["connected"] is connected


def test_it_takes_its_status_from_the_worst_open_alert(store: Path) -> None:
    report(operation("login", 10))
    assert build()["status"] == "healthy"
    raise_alert("info")
    assert build()["status"] == "healthy"
    warning = raise_alert("warning")
    assert build()["status"] == "degraded"
    critical = raise_alert("critical")
    assert build()["status"] == "critical"
    with db.write():
        alerts.close(critical, NOW)
        alerts.close(warning, NOW)
    assert build()["status"] == "healthy"


def test_it_counts_the_daemons_seconds(store: Path) -> None:
    Process.create(name="daemon", pid=1, started_at=NOW - 90_500, beat_at=NOW)
    assert build()["uptime"] == 90.5
