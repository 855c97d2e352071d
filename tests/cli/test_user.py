import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.auth import passwords, users
from gamepilot_mon.cli.user import user_group

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
