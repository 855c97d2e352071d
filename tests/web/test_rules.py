from collections.abc import Iterator
from typing import Any

import pytest

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


RHYTHM = {"kind": "rhythm", "metric": "user_action", "warning": 3, "critical": 5}
DEPTH = {"metric": "depth", "statistic": "max", "warning": 100}


@pytest.fixture
def name(server: Server) -> Iterator[str]:
    """The name of a rule that is gone again after the test."""
    yield "depth"
    server.request("DELETE", "/api/v1/rules/depth", "admin")


def test_it_answers_for_a_rhythm_rule_too(server: Server) -> None:
    put = server.request("PUT", "/api/v1/rules/few-actions", "admin", json=RHYTHM)
    assert put.status_code in (200, 201)
    answer = server.get("/api/v1/rules/few-actions/backtest?warning=2&hours=720&forMs=600000", "viewer")
    assert answer.status_code == 200 and answer.json()["data"]["pages"] == []
    refused = server.get("/api/v1/rules/few-actions/backtest?warning=9", "viewer")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/critical"]
    assert server.request("DELETE", "/api/v1/rules/few-actions", "admin").status_code == 200


def test_it_adds_changes_and_removes_a_rule_of_your_own(server: Server, name: str) -> None:
    added = server.post("/api/v1/rules", "admin", json={"name": name, **DEPTH, "for": "90s"})
    assert added.status_code == 201
    assert (added.json()["data"]["rule"]["for"], added.json()["data"]["builtIn"]) == ("1m30s", False)
    assert server.post("/api/v1/rules", "admin", json={"name": name, **DEPTH}).status_code == 409
    put = server.request("PUT", f"/api/v1/rules/{name}", "admin", json={**DEPTH, "warning": 7})
    assert (put.status_code, put.json()["data"]["rule"]["for"]) == (200, "0")
    found = server.get(f"/api/v1/rules/{name}", "viewer").json()["data"]
    assert found["warning"] == 7
    assert [(c["author"], (c["old"] or {}).get("warning")) for c in found["changes"]] == [
        ("admin", 100), ("admin", None),
    ]  # fmt: skip
    assert name in [rule["type"] for rule in server.get("/api/v1/rules", "viewer").json()["data"]]
    assert server.get(f"/api/v1/rules/{name}/backtest?warning=5", "viewer").status_code == 200
    assert server.request("DELETE", f"/api/v1/rules/{name}", "admin").status_code == 200
    assert server.request("DELETE", f"/api/v1/rules/{name}", "admin").status_code == 404
    assert server.get(f"/api/v1/rules/{name}", "viewer").status_code == 404


def test_it_puts_a_rule_back(server: Server, name: str) -> None:
    for warning in (100, 7):
        server.request("PUT", f"/api/v1/rules/{name}", "admin", json={**DEPTH, "warning": warning})
    first = server.get(f"/api/v1/rules/{name}", "viewer").json()["data"]["changes"][1]["version"]
    again = f"/api/v1/rules/{name}/versions/{first}/restore"
    assert server.post(again, "operator").status_code == 403
    server.request("DELETE", f"/api/v1/rules/{name}", "admin")
    assert server.post(again, "admin").json()["data"]["warning"] == 100
    changes = server.get(f"/api/v1/rules/{name}", "viewer").json()["data"]["changes"]
    removed = next(change["version"] for change in changes if change["new"] is None)
    assert server.post(f"/api/v1/rules/{name}/versions/{removed}/restore", "admin").status_code == 409
    assert server.post(f"/api/v1/rules/{name}/versions/{10**9}/restore", "admin").status_code == 404
    assert server.post(f"/api/v1/rules/other/versions/{first}/restore", "admin").status_code == 404


def test_it_lists_the_rules_of_your_own_by_page(server: Server) -> None:
    names = [f"paged-{number}" for number in range(5)]
    for name in names:
        assert server.request("PUT", f"/api/v1/rules/{name}", "admin", json=DEPTH).status_code == 200
    seen, after = [], ""
    while after is not None:
        answer = server.get(f"/api/v1/rules?limit=2&after={after}", "viewer").json()
        seen += [rule["type"] for rule in answer["data"]]
        after = answer["next"]
    assert seen[6:] == names and len(set(seen)) == 11
    for name in names:
        server.request("DELETE", f"/api/v1/rules/{name}", "admin")


def test_it_lets_only_an_admin_change_rules(server: Server) -> None:
    for method, path in (
        ("POST", "/api/v1/rules"), ("PUT", "/api/v1/rules/x"), ("DELETE", "/api/v1/rules/x"),
    ):  # fmt: skip
        assert server.request(method, path, "operator", json={"name": "x", **DEPTH}).status_code == 403


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({"name": "depth", **DEPTH, "window": "soon"}, ["/window"]),
        ({"name": "depth", "kind": "burn_rate", "objective": 2}, ["/objective"]),
        ({"name": "depth", **DEPTH, "matchers": ["a=b", "c"]}, ["/matchers/1"]),
        ({"name": "error_rate", **DEPTH}, ["/name"]),
        ({"name": "Depth!", **DEPTH}, ["/name"]),
        ({"name": 5, **DEPTH}, ["/name"]),
        (DEPTH, ["/name"]),
        ({"name": "depth", **DEPTH, "critical": 1, "colour": "red"}, ["/colour"]),
        ([DEPTH], [""]),
    ],
)
def test_it_points_at_what_it_refuses(server: Server, document: Any, pointers: list[str]) -> None:
    answer = server.post("/api/v1/rules", "admin", json=document)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


def test_it_keeps_the_built_in_rules(server: Server) -> None:
    assert server.request("DELETE", "/api/v1/rules/error_rate", "admin").status_code == 409
    assert server.request("PUT", "/api/v1/rules/error_rate", "admin", json=DEPTH).status_code == 422
    renamed = {"name": "other", **DEPTH}
    assert server.request("PUT", "/api/v1/rules/depth", "admin", json=renamed).status_code == 422


def test_it_describes_both_kinds_of_rules(server: Server) -> None:
    schemas = server.get("/api/openapi.json").json()["components"]["schemas"]
    assert {"ThresholdRule", "BurnRateRule", "Pace"} <= set(schemas)


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
