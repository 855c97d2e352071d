from typing import Any

import pytest

from gamepilot_mon.models import Check, Observation
from tests.serving import Server


def add(server: Server, **document: Any) -> Any:
    return server.post("/api/v1/checks", "admin", json=document)


def test_it_gives_a_heartbeat_an_address_that_works(served: Server) -> None:
    made = add(served, name="nightly backup", kind="heartbeat", intervalMs=60_000).json()["data"]
    assert served.get(made["pingUrl"]).status_code == 200
    assert served.post(made["pingUrl"] + "/fail", data="disk full").status_code == 200
    states = (
        Observation.select(Observation.state)
        .where(Observation.check_id == made["id"])
        .order_by(Observation.id)
    )
    assert [row.state for row in states] == ["up", "down"]
    shown = {check["name"]: check for check in served.get("/api/v1/checks", "viewer").json()["data"]}
    assert shown["nightly backup"]["state"] == "down"


def test_it_does_not_know_a_guessed_key(served: Server) -> None:
    assert served.get("/ping/not-a-key").status_code == 404


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"name": "", "kind": "heartbeat"}, "/name"),
        ({"name": "x", "kind": "telepathy"}, "/kind"),
        ({"name": "x", "kind": "http"}, ""),
        ({"name": "x", "kind": "http", "url": "file:///etc/passwd"}, "/url"),
        ({"name": "x", "kind": "heartbeat", "intervalMs": 10}, "/intervalMs"),
    ],
)
def test_it_refuses_a_check_at_the_field(served: Server, document: Any, pointer: str) -> None:
    answer = add(served, **document)
    assert answer.status_code == 422 and pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_it_refuses_a_name_that_is_taken(served: Server) -> None:
    add(served, name="twice", kind="heartbeat")
    assert add(served, name="twice", kind="heartbeat").status_code == 409
    assert Check.select().where(Check.name == "twice").count() == 1


def test_it_removes_a_check_of_ones_own(served: Server) -> None:
    made = add(served, name="passing", kind="heartbeat").json()["data"]
    assert served.request("DELETE", f"/api/v1/checks/{made['id']}", "admin").status_code == 200
    assert served.get(made["pingUrl"]).status_code == 404
    assert served.request("DELETE", f"/api/v1/checks/{made['id']}", "admin").status_code == 404


def test_it_lets_only_an_admin_add_one(served: Server) -> None:
    answer = served.post("/api/v1/checks", "operator", json={"name": "x", "kind": "heartbeat"})
    assert answer.status_code == 403


def parent(server: Server, check: Any, name: str | None) -> Any:
    return server.request("PUT", f"/api/v1/checks/{check['id']}/parent", "admin", json={"dependsOn": name})


def test_it_puts_a_check_behind_another(served: Server) -> None:
    router = add(served, name="router", kind="heartbeat").json()["data"]
    shop = add(served, name="front shop", kind="heartbeat", dependsOn="router").json()["data"]
    assert shop["dependsOn"] == "router"
    refused = parent(served, router, "front shop")
    assert refused.status_code == 409 and refused.json()["errors"][0]["pointer"] == "/dependsOn"
    assert parent(served, shop, "nothing of the kind").status_code == 422
    assert parent(served, shop, None).json()["data"]["dependsOn"] is None
    assert parent(served, shop, "router").json()["data"]["dependsOn"] == "router"
    served.request("DELETE", f"/api/v1/checks/{router['id']}", "admin")
    shown = {check["name"]: check for check in served.get("/api/v1/checks", "viewer").json()["data"]}
    assert shown["front shop"]["dependsOn"] is None
