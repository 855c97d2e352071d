"""/api/v1/tokens: made once, shown once, ended at once."""

import pytest

from gamepilot_mon.models import Token
from tests.processes import eventually
from tests.serving import Server


def create(server: Server, name: str = "Grafana", role: str = "viewer", **more: object) -> dict[str, object]:
    answer = server.post("/api/v1/tokens", "admin", json={"name": name, "role": role, **more})
    assert answer.status_code == 201, answer.text
    data: dict[str, object] = answer.json()["data"]
    return data


def revoke(server: Server, token_id: object) -> int:
    return server.request("DELETE", f"/api/v1/tokens/{token_id}", "admin").status_code


def works(server: Server, text: object) -> bool:
    return server.get("/metrics", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_it_makes_a_token_that_works(served: Server) -> None:
    made = create(served, forMs=86_400_000)

    assert str(made["token"]).startswith("gpm_")
    assert works(served, made["token"])
    assert (made["role"], made["state"], made["createdBy"]) == ("viewer", "valid", "admin")
    assert made["expiresAt"]


def test_it_shows_the_text_once(served: Server) -> None:
    made = create(served)

    listed = served.get("/api/v1/tokens?limit=500", "admin").text

    assert str(made["token"]) not in listed
    assert Token.get_by_id(made["id"]).token_hash not in listed
    assert str(made["token"]) not in served.log.read_text()


def test_it_refuses_a_revoked_token_and_ends_what_it_has_open(served: Server) -> None:
    made = create(served)
    headers = {"Authorization": f"Bearer {made['token']}"}
    stream = served.get("/api/realtime/stream", headers=headers, stream=True)
    assert stream.status_code == 200

    assert revoke(served, made["id"]) == 200

    assert b"".join(stream.iter_content(None)) is not None  # it ends
    eventually(lambda: not works(served, made["token"]), what="the token refused")
    assert revoke(served, made["id"]) == 404


def test_a_token_does_not_end_itself(served: Server) -> None:
    own = Token.get((Token.name == "admin") & (Token.role == "admin"))

    assert revoke(served, own.id) == 409
    assert served.get("/api/v1/tokens", "admin").status_code == 200


def test_it_notes_when_a_token_was_used(served: Server) -> None:
    made = create(served)
    assert made["lastUsedAt"] is None
    works(served, made["token"])

    def used() -> bool:
        rows = served.get("/api/v1/tokens?limit=500", "admin").json()["data"]
        return any(row["id"] == made["id"] and row["lastUsedAt"] for row in rows)

    eventually(used, what="the use noted")


def test_it_pages(served: Server) -> None:
    create(served)
    create(served)

    first = served.get("/api/v1/tokens?limit=1", "admin").json()
    second = served.get(f"/api/v1/tokens?limit=1&before={first['next']}", "admin").json()

    assert first["data"][0]["id"] > second["data"][0]["id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": " ", "role": "viewer"}, "/name"),
        ({"name": "x", "role": "root"}, "/role"),
        ({"name": "x", "role": "viewer", "forMs": 1}, "/forMs"),
        ({"name": "x", "role": "viewer", "forMs": 10**15}, "/forMs"),
    ],
    ids=["no-name", "no-role", "too-short", "too-long"],
)
def test_it_points_at_what_is_wrong(served: Server, body: dict[str, object], pointer: str) -> None:
    answer = served.post("/api/v1/tokens", "admin", json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("role", ["viewer", "operator", "ingest"])
def test_it_is_for_admins_only(served: Server, role: str) -> None:
    assert served.get("/api/v1/tokens", role).status_code == 403
    assert served.post("/api/v1/tokens", role, json={"name": "x", "role": "admin"}).status_code == 403
    assert served.request("DELETE", "/api/v1/tokens/1", role).status_code == 403
