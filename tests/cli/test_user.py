import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.auth import passwords, second_factors, totp, users
from gamepilot_mon.cli.user import user_group
from gamepilot_mon.models import AuditEntry

PASSWORD = "four unrelated plain words"


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", f"sqlite:///{tmp_path}/mon.db")


def run(*arguments: str, typed: str = "") -> Result:
    result = CliRunner().invoke(user_group, arguments, input=typed)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    return result


def kept(name: str) -> str | None:
    user = users.find(name)
    assert user
    db.database.close()
    return user.password_hash


def test_it_adds_a_user_with_a_password_from_standard_input() -> None:
    assert run("add", "ada", "--role", "admin", "--password-stdin", typed=PASSWORD + "\n").exit_code == 0
    assert passwords.matches(kept("ada"), PASSWORD)


def test_it_asks_twice_and_shows_nothing() -> None:
    result = run("add", "ada", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert passwords.matches(kept("ada"), PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [("ada", "short", "at least 12"), ("a b", PASSWORD, "letters"), ("taken", PASSWORD, "already")],
)
def test_it_says_why_it_cannot_add(name: str, password: str, why: str) -> None:
    run("add", "taken", "--password-stdin", typed=PASSWORD)

    result = run("add", name, "--password-stdin", typed=password)

    assert result.exit_code == 1
    assert why in result.stderr
    db.database.close()


def test_it_changes_a_password() -> None:
    run("add", "ada", "--password-stdin", typed=PASSWORD)

    assert run("passwd", "ada", "--password-stdin", typed="another four plain words").exit_code == 0
    assert passwords.matches(kept("ada"), "another four plain words")
    assert run("passwd", "nobody", "--password-stdin", typed=PASSWORD).exit_code == 1
    db.database.close()


def test_it_disables_and_lists() -> None:
    run("add", "ada", "--password-stdin", typed=PASSWORD)

    assert run("disable", "ada").exit_code == 0
    (row,) = json.loads(run("list", "--json").stdout)
    assert row["disabledAt"]
    assert "disabled" in run("list").stdout
    db.database.close()


def test_it_keeps_the_last_admin() -> None:
    run("add", "ada", "--role", "admin", "--password-stdin", typed=PASSWORD)
    refused = run("disable", "ada")
    run("add", "bob", "--role", "admin", "--password-stdin", typed=PASSWORD)

    assert refused.exit_code == 1 and "last admin" in refused.stderr
    assert run("disable", "ada").exit_code == 0
    assert run("enable", "ada").exit_code == 0
    db.database.close()


def test_it_resets_two_factor_sign_in_and_says_who_did() -> None:
    run("add", "ada", "--password-stdin", typed=PASSWORD)
    assert run("reset-totp", "ada").exit_code == 1
    db.open_database("sqlite:///mon.db")
    user = users.find("ada")
    assert user
    with db.write():
        second_factors.begin(user, "key", 1_000_000)
        secret = second_factors.awaited(user.id, "key") or ""
        second_factors.confirm(user, totp.code(secret, totp.step_at(1_000_000)), "key", 1_000_000)
    db.database.close()

    assert "two-factor" in run("list").output
    assert run("reset-totp", "ada").exit_code == 0

    newest = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (newest.who, newest.action, newest.subject) == ("console", "two_factor.disabled", "ada")
    db.database.close()
