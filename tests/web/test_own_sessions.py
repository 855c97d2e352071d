"""/api/v1/sessions and /account: where one is signed in, and no longer."""

import pytest

from gamepilot_mon.models import AuditEntry, Session
from tests.serving import Server
from tests.web.signing_in import Browser, add_user, signed_in


def listed(browser: Browser, query: str = "") -> list[dict[str, object]]:
    rows: list[dict[str, object]] = browser.get(f"/api/v1/sessions{query}").json()["data"]
    return rows


def test_it_lists_ones_own_and_which_is_the_one_that_asks(served: Server) -> None:
    add_user("s.ada")
    add_user("s.bob")
    with signed_in(served, "s.ada") as first, signed_in(served, "s.ada"), signed_in(served, "s.bob"):
        rows = listed(first)

    assert [row["user"] for row in rows] == ["s.ada", "s.ada"]
    assert [row["current"] for row in rows] == [False, True]
    assert rows[1]["address"] == first.address and rows[1]["browser"] == "python-requests"


def test_it_shows_no_key(served: Server) -> None:
    add_user("s.cyd")
    with signed_in(served, "s.cyd") as browser:
        [row] = listed(browser)

        assert Session.get_by_id(row["id"]).token_hash not in browser.get("/api/v1/sessions").text


def test_it_ends_ones_own_and_nobody_elses(served: Server) -> None:
    add_user("s.dan")
    add_user("s.eve")
    with (
        signed_in(served, "s.dan") as dan,
        signed_in(served, "s.dan") as other,
        signed_in(served, "s.eve") as eve,
    ):
        [newest, own] = listed(dan)
        [hers] = listed(eve)
        token = served.bearer("viewer")

        assert served.request("DELETE", f"/api/v1/sessions/{own['id']}", headers=token).status_code == 404
        assert ended(dan, hers["id"]) == 404
        assert eve.get("/metrics").status_code == 200
        assert ended(dan, newest["id"]) == 200
        assert other.get("/metrics").status_code == 401
        assert dan.get("/metrics").status_code == 200


def ended(browser: Browser, session_id: object) -> int:
    page = browser.get("/account").text
    token = page.split('data-csrf="')[1].split('"')[0]
    return browser.session.delete(
        f"{browser.url}/api/v1/sessions/{session_id}", headers={"X-CSRFToken": token}, timeout=15
    ).status_code


def test_an_admin_sees_and_ends_everybodys(served: Server) -> None:
    add_user("s.fay")
    with signed_in(served, "s.fay") as browser:
        rows = served.get("/api/v1/sessions?everyone=true", "admin").json()["data"]
        [row] = [row for row in rows if row["user"] == "s.fay"]

        assert served.request("DELETE", f"/api/v1/sessions/{row['id']}", "admin").status_code == 200
        assert browser.get("/metrics").status_code == 401

    entry = (
        AuditEntry.select().where(AuditEntry.action == "session.ended").order_by(AuditEntry.id.desc()).get()
    )
    assert (entry.who, entry.subject) == ("admin", "s.fay")


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_nobody_else_sees_everybodys(served: Server, role: str) -> None:
    assert served.get("/api/v1/sessions?everyone=true", role).status_code == 403
    assert served.get("/api/v1/sessions", role).json()["data"] == []


def test_the_account_page_signs_out_elsewhere(served: Server) -> None:
    add_user("s.gil")
    with signed_in(served, "s.gil") as here, signed_in(served, "s.gil") as elsewhere:
        page = here.get("/account").text
        assert "this browser" in page and "python-requests" in page

        assert here.submit("/account", do="end-others").headers["Location"] == "/account#sessions"

        assert elsewhere.get("/metrics").status_code == 401
        assert here.get("/account").status_code == 200


def test_the_account_page_ends_no_session_of_somebody_else(served: Server) -> None:
    add_user("s.hal")
    add_user("s.ida")
    with signed_in(served, "s.hal") as hal, signed_in(served, "s.ida") as ida:
        [hers] = listed(ida)

        hal.submit("/account", session=str(hers["id"]))

        assert ida.get("/metrics").status_code == 200


def test_a_token_has_no_account(served: Server) -> None:
    assert served.get("/account", "admin").status_code == 403
