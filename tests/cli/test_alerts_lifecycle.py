import json
from pathlib import Path

import pytest
from click import Group
from click.testing import CliRunner, Result

from gamepilot_mon import db
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.cli.alerts import alerts_group
from gamepilot_mon.cli.rules import rules_group
from gamepilot_mon.cli.silence import silence_group
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import Alert, ConfigVersion, Note
from tests.histories import told


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", f"sqlite:///{tmp_path}/mon.db")


def run(*arguments: str, group: Group = alerts_group) -> Result:
    result = CliRunner().invoke(group, arguments)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    return result


def test_it_acknowledges_takes_back_and_explains() -> None:
    number = run("custom", "--severity", "warning", "--message", "a drill").stdout.strip()
    assert run("ack", number, "--reason", "mine", "--for", "2h").exit_code == 0
    row = Alert.get_by_id(int(number))
    assert row.status == "acknowledged" and row.acknowledged_until - row.acknowledged_at == 2 * 3_600_000
    assert run("unack", number).exit_code == 0
    assert Alert.get_by_id(int(number)).status == "firing"
    assert "no channel is enabled" in run("why", number).stdout
    assert json.loads(run("why", number, "--json").stdout)["alert"]["id"] == int(number)
    db.database.close()


def test_it_lists_one_json_document_however_many_there_are() -> None:
    assert json.loads(run("list", "--json").stdout) == []
    made = [
        json.loads(run("custom", "--severity", "info", "--message", text, "--json").stdout)["id"]
        for text in ("one", "two")
    ]
    assert [alert["id"] for alert in json.loads(run("list", "--json").stdout)] == made[::-1]
    assert f"{made[0]:>6}  firing       info     " in run("list").stdout
    silence = json.loads(
        run("add", "type=custom", "--reason", "a drill", "--json", group=silence_group).stdout
    )
    [shown] = json.loads(run("list", "--json", group=silence_group).stdout)
    assert shown["id"] == silence["id"] and shown["matchers"] == ["type=custom"]
    assert "type=custom  a drill" in run("list", group=silence_group).stdout
    db.database.close()


def test_it_tests_one_channel_by_its_name(tmp_path: Path) -> None:
    store = db.open_database(f"sqlite:///{tmp_path}/mon.db")
    with SlackCatcher() as catcher, db.write():
        named = {name: {"kind": "slack", "webhookUrl": catcher.url} for name in ("ops", "dev")}
        ConfigVersion.create(created_at=1, author="ada", override={"channels": named}, diff=[])
    assert store.exists()
    result = run("test", "--channel", "ops")
    assert result.exit_code == 1 and "GAMEPILOT_MON_SSRF_ALLOW" in result.stdout
    assert result.stdout.startswith("ops: FAILED") and "dev" not in result.stdout
    assert "the channel nobody is not enabled" in run("test", "--channel", "nobody").stderr
    db.database.close()


def test_it_keeps_a_note() -> None:
    number = run("custom", "--severity", "warning", "--message", "a drill").stdout.strip()
    assert run("note", number, "looking into it").exit_code == 0
    assert [note.text for note in Note.of_alert(int(number))] == ["looking into it"]
    assert run("note", number, " ").exit_code == 1
    db.database.close()


@pytest.mark.parametrize("arguments", [("note", "9", "x"), ("ack", "9"), ("unack", "9"), ("why", "9")])
def test_it_knows_no_such_alert(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and "9" in result.stderr
    db.database.close()


def test_it_says_what_is_no_duration() -> None:
    number = run("custom", "--severity", "warning", "--message", "a drill").stdout.strip()
    assert run("ack", number, "--for", "soon").exit_code == 2
    assert Alert.get_by_id(int(number)).status == "firing"
    db.database.close()


def test_it_exports_and_analyses(tmp_path: Path) -> None:
    number = run("custom", "--severity", "warning", "--message", "a drill").stdout.strip()
    assert run("export", str(tmp_path / "alerts.csv")).exit_code == 0
    assert (tmp_path / "alerts.csv").read_text().splitlines()[1].startswith(f"{number},custom,warning")
    assert json.loads(run("export", "--format", "json").stdout)[0]["message"] == "a drill"
    assert "1 alert, 1 of them open" in run("analytics").stdout
    assert json.loads(run("analytics", "--json", "--zone", "Europe/Berlin").stdout)["total"] == 1
    assert run("analytics", "--zone", "Mars/Olympus").exit_code == 2
    db.database.close()


def test_it_reports_noise() -> None:
    quiet = run("noise", group=rules_group)
    assert (quiet.exit_code, quiet.stdout) == (0, "Nothing paged.\n")
    now = utcnow()
    with db.write():
        alert = Alert.create(
            fingerprint="f", origin="rule", type="system_down", severity="critical", status="resolved",
            message="down", labels={}, metadata={}, started_at=now - 60_000, fired_at=now - 60_000,
            changed_at=now, ended_at=now,
        )  # fmt: skip
    told(alert, now)
    shown = run("noise", "--days", "1", group=rules_group).stdout
    assert "1 page, " in shown and "; 1 alert, " in shown and "flapped 0 times" in shown
    assert "for: 1m would have removed 1 of 1 page " in shown
    assert json.loads(run("noise", "--json", group=rules_group).stdout)["rules"][0]["pages"] == 1
    db.database.close()


@pytest.mark.parametrize("written", ["of the day", "in full"])
def test_it_says_why_it_did_not_alert(written: str) -> None:
    moment = "00:00" if written == "of the day" else iso(utcnow() - 3_600_000)
    result = run("why", "error_rate", "--at", moment, "--zone", "Europe/Berlin", group=rules_group)
    assert result.exit_code == 0 and "0 of at least 10 samples" in result.stdout
    asked = run("why", "error_rate", "--at", moment, "--json", group=rules_group)
    assert json.loads(asked.stdout)["targets"][0]["outcome"] == "no-data"
    db.database.close()


@pytest.mark.parametrize(
    ("type_", "moment", "code", "words"),
    [
        ("nothing", "00:00", 1, "no rule nothing"),
        ("error_rate", "25:00", 2, "ISO 8601"),
        ("error_rate", "2999-01-01", 2, "not come"),
        ("error_rate", "2020-01-01", 1, "30 days"),
    ],
)
def test_it_says_why_it_cannot_say(type_: str, moment: str, code: int, words: str) -> None:
    result = run("why", type_, "--at", moment, group=rules_group)
    assert result.exit_code == code and words in result.stderr
    db.database.close()
