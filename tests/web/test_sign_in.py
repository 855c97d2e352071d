from collections.abc import Callable, Iterator

import pytest

from gamepilot_mon import db
from gamepilot_mon.auth import sign_in_links, users
from gamepilot_mon.clock import utcnow
from tests.serving import Server
from tests.web.signing_in import PASSWORD, Browser, add_user, console_link


@pytest.fixture
def visitor(server: Server) -> Iterator[Browser]:
    with Browser(server) as visitor:
        yield visitor


def test_it_signs_in_with_name_and_password(served: Server, visitor: Browser) -> None:
    add_user("vera")

    answer = visitor.submit("/sign-in", username="vera", password=PASSWORD, next="/api/docs?a=1")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/api/docs?a=1")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert visitor.get("/metrics").status_code == 200


def test_it_marks_cookies_secure_behind_a_proxy_that_ends_tls(server: Server) -> None:
    answer = server.get("/sign-in", headers={"X-Forwarded-Proto": "https"})

    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/\r\n/x"]
)
def test_it_never_leads_to_another_site(served: Server, visitor: Browser, where: str) -> None:
    if not users.find("nora"):
        add_user("nora")

    answer = visitor.submit("/sign-in", username="nora", password=PASSWORD, next=where)

    assert answer.headers["Location"] == "/"


def test_it_says_the_same_of_a_wrong_password_and_an_unknown_name(served: Server, visitor: Browser) -> None:
    add_user("wim")

    wrong = visitor.submit("/sign-in", username="wim", password="not the password")
    unknown = visitor.submit("/sign-in", username="nobody", password="not the password")

    assert wrong.status_code == unknown.status_code == 401
    assert "wrong" in wrong.text
    assert wrong.text.replace("wim", "").count("wrong") == unknown.text.replace("nobody", "").count("wrong")


def test_it_refuses_a_form_without_its_token(server: Server, visitor: Browser) -> None:
    answer = visitor.post("/sign-in", username="vera", password=PASSWORD)

    assert answer.status_code == 400


def test_it_refuses_a_change_by_cookie_without_the_token(served: Server, visitor: Browser) -> None:
    visitor.get(console_link())

    answer = visitor.session.post(served.url + "/api/v1/events", json={"events": []}, timeout=15)

    assert answer.status_code == 400
    assert answer.json()["detail"] == "The CSRF token is missing."


def test_it_signs_out_on_the_server_too(served: Server, visitor: Browser) -> None:
    visitor.get(console_link())
    stolen = visitor.session.cookies.copy()

    answer = visitor.submit("/account/password", "/sign-out")

    assert answer.headers["Location"] == "/sign-in"
    assert served.get("/metrics", cookies=stolen).status_code == 401


def test_it_ends_the_sessions_of_a_disabled_user(served: Server, visitor: Browser) -> None:
    user = add_user("otto")
    visitor.submit("/sign-in", username="otto", password=PASSWORD)
    assert visitor.get("/metrics").status_code == 200

    with db.write():
        users.disable(user, utcnow())

    assert visitor.get("/metrics").status_code == 401


def test_it_takes_a_link_once(served: Server, visitor: Browser) -> None:
    link = console_link()

    assert visitor.get(link).headers["Location"] == "/"
    assert visitor.get("/metrics").status_code == 200
    assert visitor.get(link).status_code == 404


def test_it_says_how_to_get_another_link(served: Server, visitor: Browser) -> None:
    link = console_link()
    visitor.get(link)

    page = visitor.get(link).text
    assert "Run gamepilot-mon sign-in-link on the machine" in page
    assert 'href="/sign-in"' in page
    assert "Back to the overview" not in page
    for_programs = served.get(link)
    assert for_programs.status_code == 404
    assert "gamepilot-mon sign-in-link" in for_programs.json()["detail"]


def test_it_takes_no_expired_link(served: Server, visitor: Browser) -> None:
    with db.write():
        token = sign_in_links.create(utcnow() - sign_in_links.LIFETIME_MS)

    assert visitor.get(f"/sign-in/link/{token}").status_code == 404


def test_it_lets_the_user_of_a_link_choose_name_and_password(
    serve: Callable[..., Server],
) -> None:
    own = serve()
    own.open_store()
    with Browser(own) as first, Browser(own) as second:
        first.get(console_link())
        answer = first.submit(
            "/account/password",
            username="ada", password=PASSWORD, password_again=PASSWORD,
        )  # fmt: skip
        assert answer.headers["Location"] == "/"
        assert first.get("/metrics").status_code == 200

        second.submit("/sign-in", username="ada", password=PASSWORD)
        assert second.get("/metrics").status_code == 200
    db.database.close()


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "admin", "password": "short", "password_again": "short"},
        {"username": "admin", "password": PASSWORD, "password_again": PASSWORD + "x"},
        {"username": "no spaces please", "password": PASSWORD, "password_again": PASSWORD},
    ],
)
def test_it_explains_a_password_that_cannot_be_taken(
    served: Server, visitor: Browser, fields: dict[str, str]
) -> None:
    visitor.get(console_link())

    answer = visitor.submit("/account/password", **fields)

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text


def test_it_asks_an_old_session_to_sign_in_again_before_a_new_password(
    served: Server, visitor: Browser
) -> None:
    visitor.get(console_link())
    with db.write():
        db.database.execute_sql("UPDATE session SET created_at = created_at - 3600000")

    assert visitor.get("/account/password").headers["Location"] == "/sign-in?next=%2Faccount%2Fpassword"


def test_it_slows_down_guesses(serve: Callable[..., Server]) -> None:
    own = serve()
    with Browser(own) as visitor:
        answers = [visitor.submit("/sign-in", username="admin", password=f"guess {n}") for n in range(11)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_it_keeps_a_link_that_was_only_looked_at(served: Server, visitor: Browser) -> None:
    link = console_link()

    assert served.request("HEAD", link).status_code == 200
    assert visitor.get(link).status_code == 303
