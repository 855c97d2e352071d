from pathlib import Path

from gamepilot_mon import db
from gamepilot_mon.auth import sessions, users
from gamepilot_mon.auth.principals import Principal
from gamepilot_mon.auth.standing import fallen
from gamepilot_mon.models import User

NOW = 1_000_000


def signed_in(name: str = "ada", role: str = "operator") -> tuple[User, str]:
    with db.write():
        user = users.find(name) or users.add(name, role, NOW)
        return user, sessions.create(user, NOW, 10_000)


def verified(key: str, now: int = NOW) -> Principal:
    principal = sessions.verify(key, now)
    assert principal
    return principal


def test_it_holds_until_its_lifetime_is_over(store: Path) -> None:
    _, key = signed_in()

    assert verified(key, NOW + 9_999).role == "operator"
    assert sessions.verify(key, NOW + 10_000) is None


def test_it_ends_one_session_and_leaves_the_other(store: Path) -> None:
    _, first = signed_in()
    _, second = signed_in()

    with db.write():
        sessions.end(int(verified(first).id), NOW)

    assert sessions.verify(first, NOW) is None
    assert sessions.verify(second, NOW)


def test_it_ends_the_others_when_the_password_changes(store: Path) -> None:
    user, first = signed_in()
    _, second = signed_in()
    kept, ended = verified(first), verified(second)

    with db.write():
        users.set_password(user, "hash", NOW, keep_session=int(kept.id))

    assert fallen([kept, ended], NOW) == {ended}


def test_it_ends_with_the_user(store: Path) -> None:
    user, key = signed_in()
    principal = verified(key)

    with db.write():
        users.disable(user, NOW)

    assert sessions.verify(key, NOW) is None
    assert fallen([principal], NOW) == {principal}


def test_it_falls_with_another_role_so_that_streams_are_judged_anew(store: Path) -> None:
    _, key = signed_in()
    principal = verified(key)

    with db.write():
        User.update(role="viewer").execute()

    assert fallen([principal], NOW) == {principal}


def test_it_judges_many_at_once(store: Path) -> None:
    principals = [verified(signed_in()[1]) for _ in range(30)] * 40
    jwt = Principal("p", "viewer", "jwt", "p", NOW + 1)

    assert fallen([*principals, jwt], NOW) == set()
    assert fallen([jwt], NOW + 1) == {jwt}
