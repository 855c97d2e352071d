import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.cli.deliveries import deliveries_group
from gamepilot_mon.models import Attempt, Notification


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/mon.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", url)
    monkeypatch.setenv("SLACK_ENABLED", "true")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.example/services/x")
    db.open_database(url)
    row = Notification.create(
        uid="u", alert_id=1, fingerprint="f", channel="slack", change="firing", severity="critical",
        body={"type": "drill"}, created_at=1_000, due_at=1_000, settled_at=3_500, state="sent",
    )  # fmt: skip
    Attempt.create(
        notification_id=row.id, number=1, started_at=1_000, ended_at=3_500, outcome="ok", detail="200 ok"
    )


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(deliveries_group, arguments)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    db.database.close()
    return result


def test_it_lists_what_was_sent_with_the_answers() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "2500 ms" in result.stdout and "ok: 200 ok" in result.stdout


def test_it_prints_one_json_document() -> None:
    [shown] = json.loads(run("list", "--json", "--channel", "slack").stdout)
    assert shown["attempts"][0]["detail"] == "200 ok"


def test_it_finds_nothing_where_nothing_is() -> None:
    assert json.loads(run("list", "--state", "dead", "--json").stdout) == []


def test_it_says_how_the_channels_are_doing() -> None:
    assert "never proven" in run("channels").stdout
    [shown] = json.loads(run("channels", "--json").stdout)
    assert (shown["name"], shown["breaker"]) == ("slack", "closed")
