import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.cli.token import token_group
from gamepilot_mon.clock import DAY_MS, utcnow


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", f"sqlite:///{tmp_path}/mon.db")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(token_group, arguments)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    return result


def test_it_prints_the_token_alone() -> None:
    result = run("create", "--role", "ingest", "--name", "app", "--expires", "30d")

    principal = tokens.verify(result.stdout.removesuffix("\n"), utcnow())
    assert principal
    assert (principal.name, principal.role) == ("app", "ingest")
    assert principal.expires_at
    assert abs(principal.expires_at - utcnow() - 30 * DAY_MS) < 60_000
    db.database.close()


@pytest.mark.parametrize(
    "arguments",
    [("--role", "king"), (), *(("--role", "viewer", "--expires", text) for text in ("soon", "0"))],
)
def test_it_explains_what_it_does_not_understand(arguments: tuple[str, ...]) -> None:
    result = run("create", *arguments)

    assert result.exit_code == 2
    assert "Error" in result.stderr


def test_it_lists_tokens_without_their_text() -> None:
    text = run("create", "--role", "viewer", "--name", "wall").stdout.strip()

    listed = json.loads(run("list", "--json").stdout)

    assert [(row["name"], row["role"], row["state"]) for row in listed] == [("wall", "viewer", "valid")]
    assert text not in run("list").stdout
    db.database.close()


def test_it_revokes_a_token() -> None:
    text = run("create", "--role", "viewer").stdout.strip()

    assert run("revoke", "1").exit_code == 0
    assert tokens.verify(text, utcnow()) is None
    assert run("revoke", "1").exit_code == 1
    db.database.close()
