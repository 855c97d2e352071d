import json
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.error_groups import folding
from gamepilot_mon.models import Event

from .test_incidents import _own_store, run

__all__ = ["_own_store"]


def report(*texts: str) -> None:
    now = utcnow()
    with db.write():
        for text in texts:
            Event.create(
                kind="error", at=now, received_at=now, name="login", severity="error", data={"error": text}
            )
        folding.fold(now)
    db.database.close()


@pytest.fixture
def _errors(_own_store: None, tmp_path: Path) -> None:
    db.open_database(f"sqlite:///{tmp_path}/mon.db")
    report("no user 1", "no user 2", "boom")


@pytest.mark.usefixtures("_errors")
def test_it_lists_shows_and_decides() -> None:
    rows = json.loads(run("errors", "list", "--sort", "count", "--json").stdout)
    assert [(row["title"], row["count"]) for row in rows] == [("no user <n>", 2), ("boom", 1)]
    number = str(rows[0]["id"])
    assert run("errors", "resolve", number, "--in", "1.2").stdout == f"error {number} is resolved in 1.2\n"
    shown = run("errors", "show", number).stdout
    assert "resolve 1.2" in shown and "newest: no user 2" in shown
    assert "no user" not in run("errors", "list").stdout
    assert "no user" in run("errors", "list", "--state", "any").stdout
    assert run("errors", "reopen", number).exit_code == run("errors", "ignore", number).exit_code == 0
    db.database.close()


@pytest.mark.usefixtures("_errors")
def test_it_knows_no_other() -> None:
    refused = run("errors", "show", "99")
    assert (refused.exit_code, refused.stderr) == (1, "gamepilot-mon: there is no error 99\n")
    db.database.close()
