from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.auth import second_factors, totp, users
from gamepilot_mon.auth.sealed import Unreadable
from gamepilot_mon.models import RecoveryCode, SecondFactor, User

NOW = 1_795_521_600_000
KEY = "the key beside the store"


@pytest.fixture
def ada(store: Path) -> User:
    with db.write():
        return users.add("ada", "viewer", NOW)


def begin(user: User) -> str:
    with db.write():
        second_factors.begin(user, KEY, NOW)
    return second_factors.awaited(user.id, KEY) or ""


def enable(user: User) -> tuple[str, list[str]]:
    """The secret and the recovery codes; confirmed with the code of NOW."""
    secret = begin(user)
    with db.write():
        return secret, second_factors.confirm(user, code(secret, NOW), KEY, NOW) or []


def code(secret: str, at: int) -> str:
    return totp.code(secret, totp.step_at(at))


def accepts(user: User, text: str, now: int) -> bool:
    with db.write():
        return second_factors.accept(user, text, KEY, now) is not None


def test_it_is_on_only_once_a_code_confirmed_it(ada: User) -> None:
    secret = begin(ada)
    with db.write():
        assert second_factors.confirm(ada, "000000", KEY, NOW) is None
    assert not second_factors.is_on(ada.id)

    with db.write():
        codes = second_factors.confirm(ada, code(secret, NOW), KEY, NOW)

    assert codes and len(set(codes)) == second_factors.RECOVERY_CODES
    assert second_factors.standing(ada.id) == second_factors.Standing(NOW, 10)


def test_it_never_shows_the_secret_again(ada: User) -> None:
    secret, _ = enable(ada)

    assert second_factors.awaited(ada.id, KEY) is None
    kept = SecondFactor.get()
    assert secret not in kept.secret and secret not in repr(kept)


def test_it_takes_each_code_once(ada: User) -> None:
    secret, _ = enable(ada)
    later = NOW + totp.STEP_MS

    assert not accepts(ada, code(secret, NOW), NOW)  # the one that confirmed it
    assert accepts(ada, code(secret, later), later)
    assert not accepts(ada, code(secret, later), later)
    assert not accepts(ada, code(secret, NOW), later)


def test_it_takes_each_recovery_code_once_however_it_is_typed(ada: User) -> None:
    _, codes = enable(ada)

    assert accepts(ada, codes[0].upper().replace("-", " "), NOW)
    assert not accepts(ada, codes[0], NOW)
    assert second_factors.standing(ada.id).codes_left == 9


def test_it_keeps_only_hashes_of_recovery_codes(ada: User) -> None:
    _, codes = enable(ada)
    kept = {row.code_hash for row in RecoveryCode.select()}

    assert all(code not in kept and code.replace("-", "") not in kept for code in codes)


def test_it_takes_no_recovery_code_of_somebody_else(ada: User) -> None:
    _, codes = enable(ada)
    with db.write():
        bob = users.add("bob", "viewer", NOW)
    enable(bob)

    assert not accepts(bob, codes[0], NOW)


def test_it_ends_the_old_recovery_codes_with_new_ones(ada: User) -> None:
    _, old = enable(ada)
    with db.write():
        new = second_factors.replace_codes(ada, NOW)

    assert not accepts(ada, old[0], NOW)
    assert accepts(ada, new[0], NOW)


def test_it_keeps_what_is_on_when_somebody_begins_again(ada: User) -> None:
    secret, _ = enable(ada)
    begin(ada)

    assert accepts(ada, code(secret, NOW + totp.STEP_MS), NOW + totp.STEP_MS)


def test_it_leaves_nothing_when_it_is_switched_off(ada: User) -> None:
    enable(ada)
    with db.write():
        assert second_factors.disable(ada, NOW)
        assert not second_factors.disable(ada, NOW)

    assert not SecondFactor.select().exists()
    assert not RecoveryCode.select().exists()


def test_it_says_that_another_key_cannot_read_it(ada: User) -> None:
    secret, _ = enable(ada)

    with pytest.raises(Unreadable), db.write():
        second_factors.accept(ada, code(secret, NOW), "another key", NOW)
