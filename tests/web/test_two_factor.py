"""The second step of signing in, switched on, asked for, and switched off."""

import re

from gamepilot_mon import db
from gamepilot_mon.auth import second_factors, totp
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import AuditEntry, User
from tests.serving import Server
from tests.web.signing_in import Browser, add_user, console_link, signed_in

HERE = "/account/two-factor"


def switch_on(browser: Browser) -> tuple[str, list[str]]:
    """The secret and the recovery codes, as the pages show them."""
    assert browser.submit(HERE, do="begin").status_code == 303
    page = browser.get(HERE).text
    secret = re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', page)
    assert secret and "<svg" in page and " style=" not in page
    text = secret[1].replace(" ", "")
    answer = browser.submit(HERE, do="confirm", code=code(text))
    assert answer.status_code == 200, answer.text
    return text, re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)


def code(secret: str, later: int = 0) -> str:
    return totp.code(secret, totp.step_at(utcnow()) + later)


def test_it_asks_for_a_code_after_the_password(served: Server) -> None:
    add_user("t.ada")
    with signed_in(served, "t.ada") as browser:
        secret, codes = switch_on(browser)
    assert len(codes) == 10

    with Browser(served) as browser:
        answer = browser.submit(
            "/sign-in", username="t.ada", password="four unrelated plain words", next="/account"
        )
        assert answer.headers["Location"] == "/sign-in/code"
        assert browser.get("/metrics").status_code == 401
        wrong = browser.submit("/sign-in/code", code="000000")
        assert wrong.status_code == 401 and 'id="problem"' in wrong.text

        answer = browser.submit("/sign-in/code", code=code(secret, 1))

        assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
        assert browser.get("/metrics").status_code == 200


def test_it_takes_no_code_twice(served: Server) -> None:
    add_user("t.bob")
    with signed_in(served, "t.bob") as browser:
        secret, _ = switch_on(browser)
    used = code(secret, 1)
    with signed_in(served, "t.bob") as first, signed_in(served, "t.bob") as second:
        assert first.submit("/sign-in/code", code=used).status_code == 303
        assert second.submit("/sign-in/code", code=used).status_code == 401


def test_it_takes_a_recovery_code_once(served: Server) -> None:
    add_user("t.cyd")
    with signed_in(served, "t.cyd") as browser:
        _, codes = switch_on(browser)
    with signed_in(served, "t.cyd") as first, signed_in(served, "t.cyd") as second:
        assert first.submit("/sign-in/code", code=codes[3]).status_code == 303
        assert second.submit("/sign-in/code", code=codes[3]).status_code == 401


def test_it_slows_down_guesses_of_a_code(served: Server) -> None:
    add_user("t.dan")
    with signed_in(served, "t.dan") as browser:
        _, codes = switch_on(browser)
    with signed_in(served, "t.dan") as browser:
        answers = [browser.submit("/sign-in/code", code=f"00000{n}").status_code for n in range(6)]
        right = browser.submit("/sign-in/code", code=codes[0]).status_code

    assert answers == [401] * 5 + [429]
    assert right == 429
    failed = AuditEntry.select().where(
        (AuditEntry.action == "sign_in.failed") & (AuditEntry.subject == "t.dan")
    )
    assert failed.count() == 5


def test_it_forgets_the_first_step_when_the_password_was_changed(served: Server) -> None:
    user = add_user("t.eve")
    with signed_in(served, "t.eve") as browser:
        switch_on(browser)
    with signed_in(served, "t.eve") as browser:
        with db.write():
            User.update(password_hash="another").where(User.id == user.id).execute()

        assert (
            browser.session.get(served.url + "/sign-in/code", allow_redirects=False, timeout=15).status_code
            == 303
        )


def test_it_asks_nobody_for_a_code_who_has_not_given_a_password(served: Server) -> None:
    with Browser(served) as browser:
        assert browser.get("/sign-in/code").headers["Location"] == "/sign-in"


def test_it_says_that_a_code_is_wrong_before_it_is_on(served: Server) -> None:
    user = add_user("t.fay")
    with signed_in(served, "t.fay") as browser:
        browser.submit(HERE, do="begin")
        answer = browser.submit(HERE, do="confirm", code="12345")

    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
    assert not second_factors.is_on(user.id)


def test_it_never_shows_the_secret_once_it_is_on(served: Server) -> None:
    add_user("t.gil")
    with signed_in(served, "t.gil") as browser:
        secret, codes = switch_on(browser)
        pages = browser.get(HERE).text + browser.get("/account").text

    assert secret not in pages.replace(" ", "")
    assert not any(each in pages for each in codes)
    assert secret not in served.log.read_text()


def test_it_is_switched_off_only_after_a_recent_sign_in(served: Server) -> None:
    user = add_user("t.hal")
    with signed_in(served, "t.hal") as browser:
        switch_on(browser)
        token = browser.get("/account").text.split('data-csrf="')[1].split('"')[0]
        with db.write():
            db.database.execute_sql("UPDATE session SET created_at = created_at - 3600000")
        answer = browser.session.post(
            served.url + HERE, {"csrf_token": token, "do": "disable"}, allow_redirects=False, timeout=15
        )

        assert answer.headers["Location"] == "/sign-in?next=%2Faccount%2Ftwo-factor"
        assert second_factors.is_on(user.id)


def test_it_is_switched_off_by_its_owner(served: Server) -> None:
    user = add_user("t.ida")
    with signed_in(served, "t.ida") as browser:
        switch_on(browser)

        assert browser.submit(HERE, do="disable").status_code == 303

    assert not second_factors.is_on(user.id)


def test_it_makes_new_recovery_codes(served: Server) -> None:
    add_user("t.jon")
    with signed_in(served, "t.jon") as browser:
        _, old = switch_on(browser)
        answer = browser.submit(HERE, do="codes")
    new = re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)

    assert len(new) == 10 and not set(new) & set(old)
    with signed_in(served, "t.jon") as browser:
        assert browser.submit("/sign-in/code", code=old[0]).status_code == 401
        assert browser.submit("/sign-in/code", code=new[0]).status_code == 303


def test_an_admin_resets_it(served: Server) -> None:
    user = add_user("t.kim")
    with signed_in(served, "t.kim") as browser:
        switch_on(browser)

    path = f"/api/v1/users/{user.id}/two-factor"
    assert served.request("DELETE", path, "operator").status_code == 403
    assert served.request("DELETE", path, "admin").status_code == 200
    with signed_in(served, "t.kim") as browser:
        assert browser.get("/metrics").status_code == 200


def test_a_link_of_an_admin_asks_for_the_code_too(served: Server) -> None:
    user = add_user("t.lea")
    with signed_in(served, "t.lea") as browser:
        switch_on(browser)
    link = served.post(f"/api/v1/users/{user.id}/sign-in-link", "admin").json()["data"]["signInLink"]

    with Browser(served) as browser:
        assert browser.get(link.removeprefix(served.url)).headers["Location"] == "/sign-in/code"
        assert browser.get("/metrics").status_code == 401


def test_the_link_of_the_console_does_not(served: Server) -> None:
    with Browser(served) as browser:
        browser.get(console_link())
        assert browser.get("/metrics").status_code == 200
