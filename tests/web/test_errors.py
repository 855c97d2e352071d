import csv
import io
import uuid
from typing import Any

import pytest

from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.error_groups import folding
from gamepilot_mon.models import Event
from tests.serving import Server


@pytest.fixture
def operation(served: Server) -> str:
    """Of three errors in two groups, reported an instant ago."""
    name = f"op-{uuid.uuid4().hex}"
    now = utcnow()
    for text in ("no user 1", "no user 2", "=SUM(1)"):
        Event.create(
            kind="error", at=now, received_at=now, name=name, severity="error", user="ann",
            data={"error": text},
        )  # fmt: skip
    while folding.STREAM.pending():
        with db.write():
            folding.fold(now)
    return name


def listed(server: Server, operation: str, **more: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in {"operation": operation, **more}.items())
    return server.get(f"/api/v1/errors?{query}", "viewer")


def test_it_lists_groups_a_page_at_a_time(served: Server, operation: str) -> None:
    first = listed(served, operation, sort="count", limit=1).json()
    second = listed(served, operation, sort="count", limit=1, after=first["next"]).json()
    assert [row["title"] for row in first["data"] + second["data"]] == ["no user <n>", "=SUM(<n>)"]
    assert (first["data"][0]["count"], first["data"][0]["users"], first["data"][0]["last24h"]) == (2, 1, 2)


def test_it_gives_groups_as_csv_that_runs_nothing(served: Server, operation: str) -> None:
    answer = listed(served, operation, format="csv", sort="count")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert [row["title"] for row in rows] == ["no user <n>", "'=SUM(<n>)"]


@pytest.mark.parametrize("query", ["after=x", "after=1:2:3", "sort=size", "hours=0", "nonsense=1"])
def test_it_refuses_what_it_does_not_know(server: Server, query: str) -> None:
    assert server.get(f"/api/v1/errors?{query}", "viewer").status_code == 422


def test_it_resolves_reopens_and_ignores_with_who_and_when(served: Server, operation: str) -> None:
    [group, _] = listed(served, operation, sort="count").json()["data"]
    address = f"/api/v1/errors/{group['id']}"
    assert served.post(f"{address}/resolve", "operator", json={"version": "1.2"}).status_code == 200
    assert served.post(f"{address}/reopen", "operator").status_code == 200
    assert served.post(f"{address}/ignore", "operator").json()["data"]["state"] == "ignored"
    found = served.get(f"{address}?hours=3", "viewer").json()["data"]
    assert [(a["action"], a["version"]) for a in found["actions"]] == [
        ("ignore", None),
        ("reopen", None),
        ("resolve", "1.2"),
    ]
    assert all(action["who"] for action in found["actions"])
    assert [hour["count"] for hour in found["trend"]] == [0, 0, 2] or sum(
        h["count"] for h in found["trend"]
    ) == 2
    assert found["samples"][0]["error"] in ("no user 1", "no user 2")


def test_it_lets_only_operators_decide(server: Server) -> None:
    assert server.post("/api/v1/errors/1/resolve", "viewer", json={}).status_code == 403


def test_it_knows_no_group_that_is_not_there(server: Server) -> None:
    assert server.get("/api/v1/errors/999999999", "viewer").status_code == 404
    assert server.post("/api/v1/errors/999999999/ignore", "operator").status_code == 404
