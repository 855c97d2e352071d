from pathlib import Path

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.auth.standing import fallen
from gamepilot_mon.models import Token

NOW = 1_000_000


def create(**kwargs: int) -> str:
    with db.write():
        return tokens.create("viewer", "dashboard", NOW, **kwargs)


def test_it_verifies_a_token_and_says_whose_it_is(store: Path) -> None:
    text = create(lifetime_ms=5_000)

    principal = tokens.verify(text, NOW)

    assert text.startswith("gpm_")
    assert len(text) == 4 + 43
    assert principal
    assert (principal.name, principal.role, principal.kind) == ("dashboard", "viewer", "token")
    assert principal.expires_at == NOW + 5_000


def test_it_keeps_only_a_hash(store: Path) -> None:
    text = create()

    assert text[4:].encode() not in store.read_bytes() + store.with_name(store.name + "-wal").read_bytes()


def test_it_forgets_an_expired_token(store: Path) -> None:
    text = create(lifetime_ms=5_000)

    assert tokens.verify(text, NOW + 4_999)
    assert tokens.verify(text, NOW + 5_000) is None


def test_it_revokes_once(store: Path) -> None:
    text = create()
    principal = tokens.verify(text, NOW)
    assert principal

    with db.write():
        assert tokens.revoke(int(principal.id), NOW)
        assert not tokens.revoke(int(principal.id), NOW)

    assert tokens.verify(text, NOW) is None
    assert fallen([principal], NOW) == {principal}


def test_it_tells_those_who_hold_streams_open(store: Path) -> None:
    heard: list[frozenset[str]] = []
    db.after_commit(heard.append)
    try:
        create()
        with db.write():
            tokens.revoke(Token.get().id, NOW)
    finally:
        db._listeners.remove(heard.append)

    assert heard == [frozenset({"credentials"})]


def test_it_refuses_what_is_no_token(store: Path) -> None:
    create()

    assert [tokens.verify(text, NOW) for text in ("", "gpm_", "gpm_\udcff", "x" * 10_000)] == [None] * 4
