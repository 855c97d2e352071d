"""/api/v1/users: who may sign in, and that nobody is locked out by it."""

from collections.abc import Callable

import pytest
import requests

from gamepilot_mon import db
from gamepilot_mon.auth import users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import AuditEntry, User
from tests.serving import Server
from tests.web.signing_in import Browser, add_user, signed_in


def add(server: Server, name: str, role: str = "viewer") -> dict[str, object]:
    answer = server.post("/api/v1/users", "admin", json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    data: dict[str, object] = answer.json()["data"]
    return data


def change(server: Server, user_id: object, **wanted: object) -> requests.Response:
    return server.request("PATCH", f"/api/v1/users/{user_id}", "admin", json=wanted)


def test_it_adds_a_user_who_gets_in_by_the_link_and_chooses_a_password(served: Server) -> None:
    made = add(served, "api.ada", "operator")
    link = str(made["signInLink"]).removeprefix(served.url)

    with Browser(served) as browser:
        assert browser.get(link).headers["Location"] == "/account/password"
        assert browser.get("/metrics").status_code == 200
        assert browser.get(link).status_code == 404


def test_it_shows_the_link_once_and_no_secret_ever(served: Server) -> None:
    made = add(served, "api.bea")

    listed = served.get("/api/v1/users", "admin")

    [row] = [row for row in listed.json()["data"] if row["name"] == "api.bea"]
    assert row["hasPassword"] is False and row["role"] == "viewer" and row["disabled"] is False
    assert str(made["signInLink"]).rpartition("/")[2] not in listed.text
    assert "hash" not in listed.text and "secret" not in listed.text


def test_it_ends_an_earlier_link_with_a_new_one(served: Server) -> None:
    made = add(served, "api.cyd")

    answer = served.post(f"/api/v1/users/{made['id']}/sign-in-link", "admin")

    assert answer.status_code == 201
    with Browser(served) as browser:
        assert browser.get(str(made["signInLink"]).removeprefix(served.url)).status_code == 404
        assert browser.get(answer.json()["data"]["signInLink"].removeprefix(served.url)).status_code == 303


def test_it_makes_links_with_the_public_address(serve: Callable[..., Server]) -> None:
    own = serve(GAMEPILOT_MON_PUBLIC_URL="https://mon.example.org")

    assert str(add(own, "ada")["signInLink"]).startswith("https://mon.example.org/sign-in/link/")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "no spaces please", "role": "viewer"}, "/name"),
        ({"name": "", "role": "viewer"}, "/name"),
        ({"name": "x" * 65}, "/name"),
        ({"name": "fine", "role": "ingest"}, "/role"),
        ({"name": "fine", "password": "x"}, "/password"),
    ],
    ids=["blanks", "nothing", "too-long", "no-role-of-people", "no-password-here"],
)
def test_it_points_at_what_is_wrong(served: Server, body: dict[str, str], pointer: str) -> None:
    answer = served.post("/api/v1/users", "admin", json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_it_refuses_a_name_that_is_taken(served: Server) -> None:
    add(served, "api.dan")

    assert served.post("/api/v1/users", "admin", json={"name": "api.dan"}).status_code == 409


def test_it_signs_a_disabled_user_out_at_once_and_lets_no_link_in(served: Server) -> None:
    user = add_user("api.eve")
    link = served.post(f"/api/v1/users/{user.id}/sign-in-link", "admin").json()["data"]["signInLink"]
    with signed_in(served, "api.eve") as browser:
        assert change(served, user.id, disabled=True).status_code == 200

        assert browser.get("/metrics").status_code == 401
        assert browser.sign_in("api.eve").status_code == 401
        assert browser.get(link.removeprefix(served.url)).status_code == 404
        assert served.post(f"/api/v1/users/{user.id}/sign-in-link", "admin").status_code == 409

        assert change(served, user.id, disabled=False).json()["data"]["disabled"] is False
        assert browser.sign_in("api.eve").status_code == 303


def test_it_gives_another_role_from_the_next_request_on(served: Server) -> None:
    user = add_user("api.fay")
    with signed_in(served, "api.fay") as browser:
        assert browser.get("/audit").status_code == 403

        change(served, user.id, role="admin")

        assert browser.get("/audit").status_code == 200


def test_it_ends_what_is_open_with_the_old_role(served: Server) -> None:
    user = add_user("api.gil", "operator")
    with signed_in(served, "api.gil") as browser:
        stream = browser.session.get(f"{served.url}/api/realtime/stream", stream=True, timeout=15)
        change(served, user.id, role="viewer")

        assert b"".join(stream.iter_content(None)) is not None  # it ends


def test_it_keeps_the_last_admin(serve: Callable[..., Server]) -> None:
    own = serve()
    first, second = add(own, "first", "admin"), add(own, "second", "admin")

    assert change(own, first["id"], role="viewer").status_code == 200
    assert change(own, second["id"], disabled=True).status_code == 409
    assert change(own, second["id"], role="operator").status_code == 409
    assert change(own, second["id"], role="operator", disabled=False).status_code == 409
    assert change(own, second["id"], role="admin").status_code == 200
    assert change(own, first["id"], role="admin").status_code == 200
    assert change(own, second["id"], disabled=True).status_code == 200


def test_it_knows_no_other_users(served: Server) -> None:
    assert change(served, 10**9, disabled=True).status_code == 404
    assert served.post(f"/api/v1/users/{10**9}/sign-in-link", "admin").status_code == 404
    assert served.request("DELETE", f"/api/v1/users/{10**9}/two-factor", "admin").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "operator", "ingest"])
def test_it_is_for_admins_only(served: Server, role: str) -> None:
    assert served.get("/api/v1/users", role).status_code == 403
    assert served.post("/api/v1/users", role, json={"name": "mallory"}).status_code == 403
    assert change_as(served, role).status_code == 403
    assert users.find("mallory") is None


def change_as(server: Server, role: str) -> requests.Response:
    return server.request("PATCH", "/api/v1/users/1", role, json={"role": "admin"})


def test_it_records_who_did_it(served: Server) -> None:
    made = add(served, "api.hal")
    change(served, made["id"], role="operator")

    rows = AuditEntry.select().where(AuditEntry.subject == "api.hal").order_by(AuditEntry.id)
    assert [(row.who, row.via, row.action) for row in rows] == [
        ("admin", "token", "user.added"),
        ("admin", "token", "sign_in_link.made"),
        ("admin", "token", "user.role_changed"),
    ]


def test_it_says_nothing_of_a_password_in_the_wrong_field(served: Server) -> None:
    with Browser(served) as browser:
        browser.sign_in("my secret password", "x")

    rows = list(AuditEntry.select().where(AuditEntry.action == "sign_in.failed"))
    assert rows and not any("my secret" in str(row.__data__) for row in rows)


def test_it_gives_the_console_its_admin_back(served: Server) -> None:
    with db.write():
        user = users.of_console(utcnow())

    assert User.get_by_id(user.id).role == "admin"
