import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.cli.maintenance import maintenance_group
from gamepilot_mon.models import Maintenance


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", f"sqlite:///{tmp_path}/mon.db")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(maintenance_group, arguments)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    return result


def test_it_plans_lists_and_ends_windows() -> None:
    once = run("add", "operation=payment", "--for", "2h", "--reason", "deploy").stdout.strip()
    again = run(
        "add", "--for", "1h", "--reason", "backup", "--cron", "0 2 * * sun", "--zone", "Europe/Berlin"
    ).stdout.strip()
    shown = json.loads(run("list", "--json").stdout)
    assert [(row["id"], row["cron"], row["matchers"]) for row in shown] == [
        (int(again), "0 2 * * sun", []), (int(once), None, ["operation=payment"]),
    ]  # fmt: skip
    assert shown[1]["state"] == "active" and shown[0]["nextAt"] is not None
    assert run("expire", once).exit_code == 0
    assert Maintenance.get_by_id(int(once)).ends_at < Maintenance.get_by_id(int(once)).starts_at + 7_200_000
    assert "every alert" in run("list").stdout and "payment" not in run("list").stdout
    assert "ended" in run("list", "--all").stdout
    assert run("expire", once).exit_code == 1
    db.database.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--for", "soon"), "not a duration"),
        (("--for", "8d"), "a week"),
        (("--for", "1h", "--zone", "UTC"), "--cron"),
        (("--for", "1h", "--cron", "0 2 * *"), "five fields"),
        (("--for", "1h", "--starts", "tomorrow"), "ISO 8601"),
        (("rubbish", "--for", "1h"), "name=value"),
    ],
)
def test_it_says_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    result = run("add", "--reason", "x", *arguments)
    assert result.exit_code == 2 and words in result.stderr
    assert json.loads(run("list", "--json").stdout) == []
    db.database.close()
