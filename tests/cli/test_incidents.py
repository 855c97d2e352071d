import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.cli import main
from gamepilot_mon.models import Alert


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", f"sqlite:///{tmp_path}/mon.db")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    return result


def test_it_lists_shows_and_acknowledges_an_incident() -> None:
    for text in ("cache", "payment"):
        run("alerts", "custom", "--severity", "warning", "--message", text)
    [row] = json.loads(run("incidents", "list", "--json").stdout)
    number = str(row["id"])
    assert (row["title"], row["status"], row["openAlerts"]) == ("cache", "firing", 2)
    assert run("incidents", "ack", number, "--reason", "mine").stdout.startswith("2 alerts of incident")
    assert {alert.status for alert in Alert.open()} == {"acknowledged"}
    assert run("incidents", "note", number, "looking").exit_code == 0
    shown = run("incidents", "show", number).stdout
    assert "acknowledged by" in shown and "looking" in shown and "payment" in shown
    assert json.loads(run("incidents", "show", number, "--json").stdout)["alertCount"] == 2
    db.database.close()


@pytest.mark.parametrize("arguments", [("show", "9"), ("ack", "9"), ("note", "9", "x")])
def test_it_knows_no_such_incident(arguments: tuple[str, ...]) -> None:
    result = run("incidents", *arguments)
    assert result.exit_code == 1 and "9" in result.stderr
    db.database.close()
