import csv
import io
import uuid
from typing import Any

import pytest

from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Event
from gamepilot_mon.moods import folding
from tests.serving import Server

PATHS = ("", "/transitions", "/funnel", "/rhythm", "/actions", "/users/active", "/learning")


@pytest.fixture
def name(served: Server) -> str:
    """A mood, an action and a learning metric of that name, of an instant ago; a fresh player had the mood before."""
    name, now = f"n-{uuid.uuid4().hex}", utcnow()
    rows: list[dict[str, Any]] = [
        {"kind": "mood_selection", "name": "calm", "value": 0.5, "user": name, "at": now - 1_000},
        {"kind": "mood_selection", "name": name, "value": 0.25, "user": name},
        {"kind": "user_action", "name": name, "user": name},
        {"kind": "recommendation", "user": name, "ok": True, "data": {"mood_context": name}},
        {"kind": "learning", "name": name, "value": 2.0},
    ]
    with db.write():
        for row in rows:
            Event.create(**{"at": now, "received_at": now, **row})
    while folding.STREAM.pending():
        with db.write():
            folding.fold(now)
    return name


def data(server: Server, path: str) -> Any:
    return server.get(f"/api/v1/moods{path}", "viewer").json()["data"]


def test_it_tells_what_players_feel_and_do(served: Server, name: str) -> None:
    found = data(served, "?step=hour&zone=Europe/Berlin")
    assert {row["mood"]: row["avgIntensity"] for row in found["moods"]}[name] == 0.25
    assert any(row["mood"] == name for row in found["steps"])
    assert {"from": "calm", "to": name} in [
        {"from": row["from"], "to": row["to"]} for row in data(served, "/transitions")["transitions"]
    ]
    assert {row["mood"]: row["successRate"] for row in data(served, "/funnel")["byMood"]}[name] == 1.0
    assert {row["type"]: row["count"] for row in data(served, "/actions")}[name] == 1
    assert data(served, "/users/active")["now"] >= 1
    assert {row["metricType"]: row["value"] for row in data(served, "/learning?step=day")}[name] == 2.0
    assert max(hour or 0 for day in data(served, "/rhythm")["days"] for hour in day["hours"]) > 0


@pytest.mark.parametrize("path", PATHS)
def test_it_gives_each_as_csv(served: Server, name: str, path: str) -> None:
    answer = served.get(f"/api/v1/moods{path}?format=csv", "viewer")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(answer.text)))) >= 1


@pytest.mark.parametrize(
    "query", ["step=year", "zone=Nowhere", "from=x", "signal=mood_selection", "nonsense=1"]
)
def test_it_refuses_what_it_does_not_know(server: Server, query: str) -> None:
    assert server.get(f"/api/v1/moods?{query}", "viewer").status_code == 422


@pytest.mark.parametrize("path", PATHS)
def test_it_shows_nothing_to_whom_may_only_report(server: Server, path: str) -> None:
    assert server.get(f"/api/v1/moods{path}", "ingest").status_code == 403
