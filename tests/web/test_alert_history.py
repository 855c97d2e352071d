import csv
import io

import pytest

from tests.serving import Server


@pytest.fixture
def alert(served: Server) -> int:
    body = {"type": "drill", "severity": "warning", "message": "=1+1"}
    return int(served.post("/api/realtime/alerts/custom", "operator", json=body).json()["data"]["id"])


@pytest.mark.parametrize("path", ["/api/v1/alerts.csv", "/api/v1/alerts?format=csv"])
def test_it_streams_a_csv_that_no_spreadsheet_runs(served: Server, alert: int, path: str) -> None:
    answer = served.get(path, "viewer")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="alerts.csv"'
    assert "Content-Length" not in answer.headers
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.text, newline=""))}
    assert rows[str(alert)]["message"] == "'=1+1"


def test_it_exports_json_of_a_span(served: Server, alert: int) -> None:
    assert alert in [row["id"] for row in served.get("/api/v1/alerts.json", "viewer").json()]
    assert served.get("/api/v1/alerts.json?to=2020-01-01", "viewer").json() == []
    assert served.get("/api/v1/alerts?to=2020-01-01", "viewer").json()["data"] == []


def test_it_analyses_a_span(served: Server, alert: int) -> None:
    found = served.get("/api/v1/alerts/analytics?zone=Europe/Berlin", "viewer").json()["data"]
    assert found["byType"]["drill"] >= 1 and sum(found["byHour"]) == found["total"]
    assert (
        served.get("/api/v1/alerts/analytics?from=2020-01-01&to=2020-01-02", "viewer").json()["data"]["total"]
        == 0
    )


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("from=yesterday", "/from"), ("to=x", "/to"), ("zone=Mars/Olympus", "/zone"),
     ("from=2026-02-01&to=2026-01-01", "")],
)  # fmt: skip
def test_it_refuses_a_span_at_the_field(served: Server, query: str, pointer: str) -> None:
    answer = served.get(f"/api/v1/alerts/analytics?{query}", "viewer")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_it_needs_a_viewer(served: Server) -> None:
    for path in ("/api/v1/alerts.csv", "/api/v1/alerts.json", "/api/v1/alerts/analytics"):
        assert served.get(path).status_code == 401 and served.get(path, "ingest").status_code == 403
