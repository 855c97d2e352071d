import re
from pathlib import Path

import peewee
import pytest

from gamepilot_mon import audit, config_file, db, retention, runtime_config, silences
from gamepilot_mon.audit import ACTIONS, Actor, Question
from gamepilot_mon.auth import sessions, tokens, users
from gamepilot_mon.config_file.document import read
from gamepilot_mon.models import AuditEntry
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.settings import Settings

NOW = 1_795_521_600_000
ADA = Actor("ada", "session")
ROOT = Path(__file__).parents[1]


def record(action: str = "user.added", subject: str = "x", at: int = NOW, who: Actor = ADA) -> None:
    with db.write():
        audit.record(action, subject, at, by=who)


def found(**asked: object) -> list[str]:
    return [row.subject for row in audit.entries(Question(**asked))]  # type: ignore[arg-type]


def test_it_records_in_the_transaction_of_the_change(store: Path) -> None:
    with pytest.raises(RuntimeError), audit.acting(ADA), db.write():
        silences.add([Matcher("type", "=", "x")], NOW, NOW + 1, "ada", "reason", NOW)
        raise RuntimeError
    assert audit.entries(Question()) == []

    with audit.acting(ADA), db.write():
        silences.add([Matcher("type", "=", "x")], NOW, NOW + 1, "ada", "reason", NOW)
    [entry] = audit.entries(Question())
    assert (entry.who, entry.via, entry.action, entry.subject) == (
        "ada",
        "session",
        "silence.added",
        "silence 1",
    )
    assert entry.detail == {"matchers": ["type=x"], "reason": "reason"}


def test_it_is_never_rewritten(store: Path) -> None:
    record()

    with pytest.raises(peewee.IntegrityError, match="not rewritten"), db.write():
        AuditEntry.update(who="somebody else").execute()


def test_it_is_the_system_that_acts_when_nobody_is_said(store: Path) -> None:
    with audit.acting(audit.SYSTEM), db.write():
        audit.record("user.added", "x", NOW)

    assert AuditEntry.get().who == "system"


def test_it_knows_its_actions(store: Path) -> None:
    with pytest.raises(ValueError, match="no action"), db.write():
        audit.record("user.exploded", "x", NOW)


def test_it_records_no_secret_of_the_configuration(store: Path, settings: Settings) -> None:
    change = {"slack": {"enabled": True, "webhookUrl": "https://hooks.slack.com/services/T/B/secret"}}
    with audit.acting(ADA), db.write():
        runtime_config.change(settings, change, "ada", NOW)

    [entry] = audit.entries(Question())
    assert entry.detail == {"changed": ["/slack/enabled", "/slack/webhookUrl"]}


def test_it_records_no_text_of_a_token(store: Path) -> None:
    with audit.acting(ADA), db.write():
        text = tokens.create("viewer", "Grafana", NOW)

    [entry] = audit.entries(Question())
    assert text not in str(entry.__data__)
    assert entry.detail == {"name": "Grafana", "role": "viewer"}


def test_it_records_nothing_of_a_plan(store: Path, settings: Settings) -> None:
    document = read((ROOT / "docs" / "examples" / "config.yaml").read_text())

    assert config_file.plan(settings, document, "ada", NOW)
    assert audit.entries(Question()) == []


def test_it_keeps_the_beginning_of_what_is_long(store: Path) -> None:
    record(subject="z" * 10_000)

    assert len(AuditEntry.get().subject) == audit.LONGEST


def test_it_finds_by_who_action_and_time(store: Path) -> None:
    record("user.added", "a")
    record("token.created", "b", NOW + 10)
    record("user.disabled", "c", NOW + 20, Actor("bob", "token"))

    assert found() == ["c", "b", "a"]
    assert found(who="ada") == ["b", "a"]
    assert found(action="user") == ["c", "a"]
    assert found(action="user.added") == ["a"]
    assert found(action="us_r") == []
    assert found(since=NOW + 10) == ["c", "b"]
    assert found(until=NOW + 10) == ["a"]
    assert found(before=3, limit=1) == ["b"]
    assert audit.people() == ["ada", "bob"]


def test_it_is_deleted_when_its_time_is_over_and_not_before(store: Path, settings: Settings) -> None:
    record(subject="old", at=NOW - settings.audit_history_ms - 1)
    record(subject="kept", at=NOW - settings.audit_history_ms)
    with db.write():
        assert retention.prune(settings, NOW)["audit"] == 1

    assert found() == ["kept"]


def test_it_says_who_signed_in_and_what_was_ended(store: Path) -> None:
    with audit.acting(audit.CONSOLE), db.write():
        user = users.add("eve", "viewer", NOW)
        sessions.create(user, NOW, 1000)
        users.change(user, NOW, disabled=True)

    assert [(row.who, row.action) for row in audit.entries(Question())] == [
        ("console", "session.ended"),
        ("console", "user.disabled"),
        ("eve", "sign_in.done"),
        ("console", "user.added"),
    ]


def test_it_documents_every_action() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs" / "audit.md").read_text(), re.MULTILINE)
    assert [row for row in rows if "." in row] == list(ACTIONS)


def test_it_records_every_action_somewhere() -> None:
    sources = "".join(
        path.read_text() for path in (ROOT / "gamepilot_mon").rglob("*.py") if path.name != "audit.py"
    )
    assert [action for action in ACTIONS if f'"{action}"' not in sources] == []
