from collections.abc import Callable

import pytest

from gamepilot_mon import db
from gamepilot_mon.web.problems import pointer_of
from tests.serving import Server

HTML = {"Accept": "text/html,application/xhtml+xml"}
MEMBERS = {"type", "title", "status", "detail", "errors", "success", "error"}


def test_it_points_by_rfc_6901() -> None:
    assert pointer_of(("a", 0, "b/c~d")) == "/a/0/b~1c~0d"
    assert pointer_of(()) == ""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nothing", 404), ("DELETE", "/api/v1/events", 405), ("PUT", "/api/v1/events", 405)],
)
def test_it_answers_programs_with_a_problem(server: Server, method: str, path: str, status: int) -> None:
    answer = server.request(method, path, "admin", headers=HTML)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json().keys() == MEMBERS
    assert answer.json()["status"] == status
    assert answer.json()["success"] is False
    assert status != 405 or "POST" in answer.headers["Allow"]


def test_it_answers_people_with_a_page(server: Server) -> None:
    answer = server.get("/nothing", headers=HTML)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Not Found" in answer.text


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/maintenance/windows")])
def test_it_leaves_who_is_signed_in_a_way_on(server: Server, method: str, path: str) -> None:
    answer = server.request(method, path, "viewer", headers=HTML)

    assert answer.status_code in (404, 405)
    assert 'class="site-nav"' in answer.text and 'href="/alerts"' in answer.text
    assert 'class="site-nav"' not in server.get(path, headers=HTML).text


def test_an_error_is_told_bare_where_the_store_cannot_be_read(serve: Callable[..., Server]) -> None:
    own = serve()
    assert own.get("/nothing", "viewer", headers=HTML).status_code == 404
    own.open_store()
    db.database.execute_sql("ALTER TABLE alert RENAME TO elsewhere")
    db.database.close()

    answer = own.get("/nothing", "viewer", headers=HTML)

    assert answer.status_code == 404
    assert "Not Found" in answer.text and 'class="site-nav"' not in answer.text


def test_it_answers_other_programs_with_a_problem_everywhere(server: Server) -> None:
    assert server.get("/nothing").headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nothing", "/api/nothing", "/api/docs"])
def test_it_protects_every_answer(server: Server, path: str) -> None:
    headers = server.get(path, headers=HTML).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_it_hides_what_went_wrong_inside_and_logs_it_once(serve: Callable[..., Server]) -> None:
    own = serve()
    own.open_store()
    db.database.execute_sql(
        'INSERT INTO "check" (name, kind, spec, interval_ms, origin, alerting, created_at, state, failures)'
        " VALUES ('a', 'http', 'not JSON', 1, 'user', 1, 0, 'up', 0)"
    )
    db.database.close()

    answer = own.get("/metrics", "viewer")

    assert answer.status_code == 500
    assert answer.json().keys() == {*MEMBERS, "request_id"}
    assert "JSON" not in answer.text
    log = own.log.read_text()
    assert log.count(answer.json()["request_id"]) == 1
    assert log.count("Traceback") == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/healthz?" + "a" * 20_000, {}, 414), ("/healthz", {"X-Long": "a" * 20_000}, 431)],
    ids=["address", "header"],
)
def test_a_head_that_is_too_long_is_a_problem_too(
    path: str, headers: dict[str, str], status: int, server: Server
) -> None:
    answer = server.get(path, headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["success"] is False
