import time
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.auth import passwords, sign_in_links, users
from gamepilot_mon.models import User

NOW = 1_000_000
PASSWORD = "four unrelated plain words"


def test_it_refuses_a_name_twice(store: Path) -> None:
    with db.write():
        users.add("ada", "viewer", NOW)
    with db.write(), pytest.raises(users.NameTaken):
        users.add("ada", "admin", NOW)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("ada", True),
        ("a.b+c@d-e_1", True),
        ("Zoë", True),
        ("", False),
        ("a b", False),
        ("x" * 65, False),
        ("a\n", False),
    ],
)
def test_it_knows_a_name(name: str, good: bool) -> None:
    assert users.is_name(name) is good


def test_it_matches_only_the_right_password() -> None:
    kept = passwords.hash_of(PASSWORD)

    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, PASSWORD)
    assert not passwords.matches(kept, PASSWORD + "x")
    assert not passwords.matches(None, "the password of nobody")
    assert not passwords.matches("not a hash", PASSWORD)


def test_it_takes_as_long_for_an_unknown_user() -> None:
    def took(kept: str | None) -> float:
        began = time.perf_counter()
        passwords.matches(kept, "wrong")
        return time.perf_counter() - began

    kept = passwords.hash_of(PASSWORD)
    known, unknown = (min(took(text) for _ in range(3)) for text in (kept, None))

    assert 0.3 < known / unknown < 3


def test_it_makes_the_admin_of_the_console_once(store: Path) -> None:
    with db.write():
        first = users.of_console(NOW)
    with db.write():
        again = users.of_console(NOW)

    assert first.id == again.id
    assert (first.name, first.role, first.password_hash) == ("admin", "admin", None)


def test_it_finds_the_admin_of_the_console_under_another_name(store: Path) -> None:
    with db.write():
        first = users.of_console(NOW)
        users.rename(first, "ada", NOW)
        found = users.of_console(NOW)

    assert found.id == first.id


def test_it_lets_the_console_back_in(store: Path) -> None:
    with db.write():
        users.disable(users.of_console(NOW), NOW)
        users.of_console(NOW)

    assert User.get().disabled_at is None


def test_it_consumes_a_link_once(store: Path) -> None:
    with db.write():
        token = sign_in_links.create(NOW)
        outcomes = [bool(sign_in_links.consume(token, NOW)) for _ in range(2)]
        late = sign_in_links.consume(sign_in_links.create(NOW), NOW + sign_in_links.LIFETIME_MS)

    assert outcomes == [True, False]
    assert not late
    assert not sign_in_links.consume("wrong", NOW)
