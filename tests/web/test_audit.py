"""/api/v1/audit: who changed what, to read and to take along."""

import csv
import io

import pytest

from gamepilot_mon.models import AuditEntry
from tests.serving import Server


def test_it_says_who_changed_what_over_http(served: Server) -> None:
    body = {
        "matchers": [{"name": "type", "operator": "=", "value": "x"}],
        "forMs": 60_000,
        "reason": "because",
    }
    made = served.post("/api/v1/silences", "operator", json=body).json()["data"]
    served.post(f"/api/v1/silences/{made['id']}/expire", "admin")

    rows = served.get("/api/v1/audit?action=silence&limit=2", "admin").json()["data"]

    assert [(row["who"], row["via"], row["action"], row["subject"]) for row in rows] == [
        ("admin", "token", "silence.ended", f"silence {made['id']}"),
        ("operator", "token", "silence.added", f"silence {made['id']}"),
    ]
    assert rows[1]["detail"] == {"matchers": ["type=x"], "reason": "because"}


def test_it_records_nothing_of_what_was_refused(served: Server) -> None:
    before = AuditEntry.select().count()

    assert served.request("PUT", "/api/realtime/config", "admin", json={"cooldown": -1}).status_code == 422
    assert served.post("/api/v1/silences/999999999/expire", "admin").status_code == 404

    assert AuditEntry.select().count() == before


def test_it_is_a_safe_csv_file(served: Server) -> None:
    served.post(
        "/api/v1/tokens", "admin", json={"name": '=HYPERLINK("http://evil.example")', "role": "viewer"}
    )

    answer = served.get("/api/v1/audit?action=token&format=csv", "admin")

    [header, newest, *_] = csv.reader(io.StringIO(answer.text))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert header == ["id", "time", "who", "via", "action", "subject", "detail"]
    assert newest[2:5] == ["admin", "token", "token.created"]
    assert not any(cell.startswith("=") for cell in newest)


def test_it_pages_and_filters(served: Server) -> None:
    for name in ("one", "two", "three"):
        served.post("/api/v1/tokens", "admin", json={"name": name, "role": "viewer"})

    first = served.get("/api/v1/audit?who=admin&action=token.created&limit=2", "admin").json()
    second = served.get(
        f"/api/v1/audit?who=admin&action=token.created&limit=1&before={first['next']}", "admin"
    ).json()

    assert [row["detail"]["name"] for row in first["data"] + second["data"]] == ["three", "two", "one"]
    assert served.get("/api/v1/audit?who=nobody-of-that-name", "admin").json()["data"] == []


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "from=2026-02-01&to=2026-01-01", "limit=0", "before=x", "format=xml", "colour=red"],
)
def test_it_refuses_a_malformed_question(served: Server, query: str) -> None:
    assert served.get(f"/api/v1/audit?{query}", "admin").status_code == 422


@pytest.mark.parametrize("role", ["viewer", "operator", "ingest"])
def test_it_is_for_admins_only(served: Server, role: str) -> None:
    assert served.get("/api/v1/audit", role).status_code == 403
