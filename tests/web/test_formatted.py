"""Every answer that may be a table is had as one in the same two ways."""

from typing import Any

import pytest
import requests

from gamepilot_mon import db
from gamepilot_mon.clock import MINUTE_MS, utcnow
from gamepilot_mon.models import Event
from gamepilot_mon.snapshots.operations import FINDING_COLUMNS
from tests.serving import Server

TABLES = (
    "/api/v1/alerts", "/api/v1/annotations", "/api/v1/audit", "/api/v1/errors", "/api/v1/events",
    "/api/v1/metrics", "/api/v1/moods",
    "/api/v1/moods/actions", "/api/v1/moods/funnel", "/api/v1/moods/learning", "/api/v1/moods/rhythm",
    "/api/v1/moods/transitions", "/api/v1/moods/users/active", "/api/v1/operations",
    "/api/v1/operations/regressions", "/api/v1/queries",
)  # fmt: skip
NEEDED = {"/api/v1/metrics": {"name": "operation_duration_ms"}}


def asked(served: Server, path: str, accept: str = "*/*", **parameters: str) -> requests.Response:
    headers = {**served.bearer("admin"), "Accept": accept}
    values = {**NEEDED.get(path, {}), **parameters}
    return requests.get(f"{served.url}{path}", params=values, headers=headers, timeout=20)


def test_it_describes_these_and_no_others(served: Server) -> None:
    paths = requests.get(f"{served.url}/api/openapi.json", timeout=20).json()["paths"]
    described: dict[str, Any] = {
        path: operations["get"]
        for path, operations in paths.items()
        if len(operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})) == 2
    }
    assert sorted(described) == sorted(TABLES)
    for operation in described.values():
        assert "format" in {parameter["name"] for parameter in operation["parameters"]}


@pytest.mark.parametrize("path", TABLES)
def test_it_is_a_table_by_format_and_by_accept(served: Server, path: str) -> None:
    for answer in (asked(served, path, format="csv"), asked(served, path, "text/csv")):
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert answer.text.splitlines()[0].count(",") >= 1


@pytest.mark.parametrize("path", TABLES)
def test_it_is_json_otherwise(served: Server, path: str) -> None:
    for answer in (
        asked(served, path),
        asked(served, path, "text/html,application/xhtml+xml,*/*;q=0.8"),
        asked(served, path, "text/csv", format="json"),
    ):
        assert answer.status_code == 200 and answer.json()["success"] is True
    assert asked(served, path, format="xml").status_code == 422


def test_it_has_a_line_a_regression(served: Server) -> None:
    now = utcnow()
    with db.write():
        Event.create(kind="deploy", at=now - MINUTE_MS, received_at=now, name="csv-1")
    answer = asked(served, "/api/v1/operations/regressions", format="csv", version="csv-1")
    assert answer.text.splitlines()[0] == ",".join(FINDING_COLUMNS)
    old = asked(served, "/api/v1/operations/regressions", format="csv", since="2020-01-01T00:00:00Z")
    assert old.status_code == 422
