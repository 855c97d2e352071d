"""Users, tokens and sessions as pages: forms, what is shown once, roles, hostile names."""

import html
import re
from collections.abc import Iterator

import pytest

from gamepilot_mon import db
from gamepilot_mon.auth import tokens, users
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Token, User
from tests.serving import Server
from tests.web.signing_in import Browser, add_user, console_link, signed_in

PAGES = ("/people", "/people/tokens", "/people/sessions")
HOSTILE = [
    "<script>alert(1)</script>",
    "\u202eevil\u202c",
    "x" * 200,
    "z\u0336a\u0336l\u0336g\u0336o\u0336" * 10,
]


@pytest.fixture
def admin(served: Server) -> Iterator[Browser]:
    if not users.find("boss"):
        add_user("boss", "admin")
    with signed_in(served, "boss") as browser:
        yield browser


def test_it_adds_a_user_and_shows_the_link_once(served: Server, admin: Browser) -> None:
    answer = admin.submit("/people", name="p.ada", role="operator")

    assert answer.status_code == 201
    [link] = re.findall(r'<code id="made-link">([^<]+)</code>', answer.text)
    assert link not in admin.get("/people").text
    assert User.get(User.name == "p.ada").role == "operator"
    with Browser(served) as newcomer:
        assert newcomer.get(link.removeprefix(served.url)).status_code == 303


WRONG = [
    ({"name": "no spaces please", "role": "viewer"}, 422, "letters, digits"),
    ({"name": "p.x", "role": "ingest"}, 422, "Choose a role"),
    ({"name": "boss", "role": "viewer"}, 409, "a user of that name"),
]


@pytest.mark.parametrize(("fields", "status", "said"), WRONG, ids=["name", "role", "taken"])
def test_it_says_at_the_form_what_is_wrong(
    served: Server, admin: Browser, fields: dict[str, str], status: int, said: str
) -> None:
    answer = admin.submit("/people", **fields)

    assert answer.status_code == status
    assert said in answer.text and 'id="problem"' in answer.text
    assert f'value="{fields["name"]}"' in answer.text


def test_it_changes_role_disables_and_enables(served: Server, admin: Browser) -> None:
    user = add_user("p.bob")
    page = f"/people/{user.id}"

    assert admin.submit(page, do="role", role="admin").headers["Location"] == page
    assert User.get_by_id(user.id).role == "admin"
    admin.submit(page, do="disable")
    assert "Let them sign in again" in admin.get(page).text
    admin.submit(page, do="enable")
    assert User.get_by_id(user.id).disabled_at is None


def test_it_makes_a_link_and_signs_out_everywhere(served: Server, admin: Browser) -> None:
    user = add_user("p.cyd")
    page = f"/people/{user.id}"
    with signed_in(served, "p.cyd") as browser:
        assert "made-link" in admin.submit(page, do="link").text
        assert "python-requests" in admin.get(page).text

        admin.submit(page, do="end-sessions")

        assert browser.get("/metrics").status_code == 401


def test_it_refuses_what_it_does_not_know(served: Server, admin: Browser) -> None:
    user = add_user("p.dan")

    assert admin.submit(f"/people/{user.id}", do="explode").status_code == 400
    assert admin.submit(f"/people/{user.id}", do="role", role="root").status_code == 400
    assert admin.get("/people/999999999").status_code == 404


def test_it_makes_a_token_and_shows_it_once(served: Server, admin: Browser) -> None:
    answer = admin.submit("/people/tokens", name="Prometheus", role="viewer", days="30")

    assert answer.status_code == 201
    [text] = re.findall(r'<code id="made-token">(gpm_[^<]+)</code>', answer.text)
    assert text not in admin.get("/people/tokens").text
    assert served.get("/metrics", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    assert Token.select().order_by(Token.id.desc()).get().created_by == "boss"


WRONG_TOKENS = [
    ({"name": "", "role": "viewer", "days": ""}, "needs a name"),
    ({"name": "x", "role": "root", "days": ""}, "Choose a role"),
    ({"name": "x", "role": "viewer", "days": "99"}, "how long it is valid"),
]


@pytest.mark.parametrize(("fields", "said"), WRONG_TOKENS, ids=["name", "role", "days"])
def test_it_says_what_is_wrong_with_a_token(
    served: Server, admin: Browser, fields: dict[str, str], said: str
) -> None:
    answer = admin.submit("/people/tokens", **fields)

    assert answer.status_code == 422
    assert said in answer.text


def test_it_revokes_a_token(served: Server, admin: Browser) -> None:
    with db.write():
        token, _ = tokens.made("viewer", "p.short", utcnow())

    assert admin.submit("/people/tokens", do="revoke", token=str(token.id)).status_code == 303

    assert Token.get_by_id(token.id).revoked_at
    assert "Revoked" in admin.get("/people/tokens").text


def test_it_signs_a_browser_out(served: Server, admin: Browser) -> None:
    add_user("p.eve")
    with signed_in(served, "p.eve") as browser:
        row = browser.get("/api/v1/sessions").json()["data"][0]

        admin.submit("/people/sessions", session=str(row["id"]))

        assert browser.get("/metrics").status_code == 401


@pytest.mark.parametrize("name", HOSTILE, ids=["script", "bidi", "long", "zalgo"])
def test_it_shows_hostile_names_as_text(served: Server, admin: Browser, name: str) -> None:
    with db.write():
        tokens.made("viewer", name, utcnow())

    page = admin.get("/people/tokens").text + admin.get("/audit").text

    assert html.escape(name) in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("path", [*PAGES, "/people/1", "/audit", "/config-versions/0/restore"])
@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_it_is_for_admins_only(served: Server, path: str, role: str) -> None:
    assert served.get(path, role, headers={"Accept": "text/html"}).status_code == 403


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_nobody_else_sees_the_places(served: Server, role: str) -> None:
    page = served.get("/", role).text

    assert "/people" not in page and "/audit" not in page
    assert "/config-versions" in page


def test_the_last_admin_sees_why_there_are_no_buttons(served: Server) -> None:
    with Browser(served) as browser:
        browser.get(console_link())
        own = User.get(User.name == browser.get("/api/v1/sessions").json()["data"][0]["user"])
        others = list(User.select().where((User.role == "admin") & (User.id != own.id)))
        with db.write():
            for other in others:
                users.set_role(other, "viewer", utcnow())
        try:
            page = browser.get(f"/people/{own.id}")
            assert "The last admin keeps this role" in page.text
            assert 'value="disable"' not in page.text
            answer = browser.submit(f"/people/{own.id}", do="disable")
            assert answer.status_code == 409 and "last admin" in answer.text
        finally:
            with db.write():
                for other in others:
                    users.set_role(other, "admin", utcnow())
