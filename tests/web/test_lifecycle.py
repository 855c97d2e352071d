from typing import Any

import pytest

from tests.serving import Server


@pytest.fixture
def alert(served: Server) -> int:
    body = {"type": "drill", "severity": "warning", "message": "a drill"}
    return int(served.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"])


def test_it_acknowledges_with_name_and_reason_and_takes_it_back(served: Server, alert: int) -> None:
    path = f"/api/v1/alerts/{alert}/acknowledge"
    shown = served.post(path, "operator", json={"reason": "mine", "forMs": 3_600_000}).json()["data"]
    assert shown["status"] == "acknowledged"
    assert shown["acknowledged"]["by"] == "operator" and shown["acknowledged"]["reason"] == "mine"
    back = served.request("DELETE", path, "operator").json()["data"]
    assert back["status"] == "firing" and back["acknowledged"] is None


def test_it_acknowledges_nothing_that_is_over_or_unknown(served: Server, alert: int) -> None:
    served.post(f"/api/v1/alerts/{alert}/resolve", "operator")
    assert served.post(f"/api/v1/alerts/{alert}/acknowledge", "operator", json={}).status_code == 409
    assert served.post("/api/v1/alerts/999999/acknowledge", "operator", json={}).status_code == 404
    assert served.post(f"/api/v1/alerts/{alert}/acknowledge", "viewer", json={}).status_code == 403


def test_it_silences_and_ends_the_silence(served: Server) -> None:
    body = {"matchers": [{"name": "type", "value": "drill"}], "forMs": 3_600_000, "reason": "deploy"}
    made = served.post("/api/v1/silences", "operator", json=body)
    assert made.status_code == 201 and made.json()["data"]["state"] == "active"
    number = made.json()["data"]["id"]
    assert served.post(f"/api/v1/silences/{number}/expire", "operator").status_code == 200
    assert served.post(f"/api/v1/silences/{number}/expire", "operator").status_code == 404
    listed = {row["id"]: row["state"] for row in served.get("/api/v1/silences", "viewer").json()["data"]}
    assert listed[number] == "expired"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"matchers": []}, "/matchers"),
        ({"matchers": [{"name": "type", "operator": "=~", "value": "("}]}, "/matchers/0"),
        ({"forMs": 5}, "/forMs"),
        ({"reason": ""}, "/reason"),
        ({"color": 1}, "/color"),
    ],
)
def test_it_refuses_a_silence_at_the_field(served: Server, change: dict[str, Any], pointer: str) -> None:
    body = {"matchers": [{"name": "type", "value": "x"}], "forMs": 3_600_000, "reason": "deploy", **change}
    answer = served.post("/api/v1/silences", "operator", json=body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
