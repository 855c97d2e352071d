from gamepilot_mon.clock import iso, utcnow
from tests.serving import Server


def test_it_lists_the_rules_with_their_thresholds(server: Server) -> None:
    rules = {rule["type"]: rule for rule in server.get("/api/v1/rules", "viewer").json()["data"]}
    assert set(rules) == {
        "error_rate", "response_time", "success_rate", "slow_queries", "critical_error", "system_down",
    }  # fmt: skip
    assert rules["error_rate"]["critical"] == 0.05


def test_it_answers_how_often_a_threshold_would_have_paged(server: Server) -> None:
    answer = server.get(
        "/api/v1/rules/error_rate/backtest?warning=0.01&critical=0.1&zone=Europe/Berlin", "viewer"
    )
    assert answer.status_code == 200
    assert {"pages", "pagesAtNight", "alerts", "firingMs", "spanMs"} <= set(answer.json()["data"])


def test_it_refuses_what_makes_no_sense(server: Server) -> None:
    for query, pointer in (
        ("warning=0.5&critical=0.1", "/critical"), ("zone=Mars/Olympus", "/zone"), ("hours=999", "/hours"),
    ):  # fmt: skip
        answer = server.get(f"/api/v1/rules/error_rate/backtest?{query}", "viewer")
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert server.get("/api/v1/rules/system_down/backtest", "viewer").status_code == 404


def test_it_reports_the_noise_of_each_rule(server: Server) -> None:
    answer = server.get("/api/v1/rules/noise?days=1&zone=Europe/Berlin", "viewer")
    assert answer.status_code == 200
    assert {"rules", "suggestion", "from", "to", "zone"} == set(answer.json()["data"])
    for query, pointer in (("days=0", "/days"), ("zone=Mars/Olympus", "/zone"), ("color=1", "/color")):
        answer = server.get(f"/api/v1/rules/noise?{query}", "viewer")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_it_answers_why_it_did_not_alert(server: Server) -> None:
    at = iso(utcnow() - 60_000)
    found = server.get(f"/api/v1/rules/error_rate/why?at={at}", "viewer").json()["data"]
    assert found["at"] == at and found["targets"][0]["because"]
    down = server.get(f"/api/v1/rules/system_down/why?at={at}&label=check=none", "viewer").json()["data"]
    assert down["targets"] == []


def test_it_refuses_a_moment_that_it_cannot_know(server: Server) -> None:
    for type_, query, status in (
        ("error_rate", "at=2999-01-01", 422), ("error_rate", "at=noon", 422), ("error_rate", "", 422),
        ("error_rate", "at=2020-01-01", 410), ("nothing", "at=2026-01-01", 404),
    ):  # fmt: skip
        assert server.get(f"/api/v1/rules/{type_}/why?{query}", "viewer").status_code == status
