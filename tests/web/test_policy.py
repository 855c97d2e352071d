from pathlib import Path

import pytest

from gamepilot_mon.auth.principals import ROLES, Principal
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.app import assemble
from gamepilot_mon.web.policy import POLICY, may
from tests.serving import Server


def test_it_names_every_endpoint_and_no_other(settings: Settings, store: Path) -> None:
    served = {rule.endpoint for rule in assemble(settings).url_map.iter_rules()}

    assert served == set(POLICY)


@pytest.mark.parametrize(
    ("required", "roles"),
    [
        ("public", {"none", *ROLES}),
        ("ingest", {"ingest", "admin"}),
        ("viewer", {"viewer", "operator", "admin"}),
        ("operator", {"operator", "admin"}),
        ("admin", {"admin"}),
    ],
)
def test_it_lets_exactly_these_roles_through(required: str, roles: set[str]) -> None:
    allowed = {role for role in ("none", *ROLES) if may(Principal("x", role, "token", "1"), required)}  # type: ignore[arg-type]

    assert allowed == roles


def test_it_lets_nobody_but_the_public_in_without_a_principal() -> None:
    assert may(None, "public")
    assert not any(may(None, required) for required in ("ingest", "viewer", "operator", "admin"))


def test_it_answers_401_without_a_credential(server: Server) -> None:
    answer = server.get("/metrics")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["success"] is False


@pytest.mark.parametrize("text", ["gpm_nonsense", "a.b.c", "", "gpm_" + "x" * 4000])
def test_it_answers_401_to_a_wrong_token(server: Server, text: str) -> None:
    answer = server.get("/metrics", headers={"Authorization": f"Bearer {text}"})

    assert answer.status_code == 401


def test_it_answers_403_when_the_role_falls_short(server: Server) -> None:
    assert server.get("/metrics", "ingest").status_code == 403
    assert server.post("/api/v1/events", "operator", json={"events": []}).status_code == 403


def test_it_sends_a_browser_to_the_sign_in_page_and_back(server: Server) -> None:
    answer = server.get("/account/password?a=b", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=%2Faccount%2Fpassword%3Fa%3Db"
