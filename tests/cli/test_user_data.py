import json
from pathlib import Path

import pytest

from gamepilot_mon import db
from gamepilot_mon.models import Event

from .test_incidents import _own_store, run

__all__ = ["_own_store"]


@pytest.fixture
def _player(_own_store: None, tmp_path: Path) -> None:
    db.open_database(f"sqlite:///{tmp_path}/mon.db")
    Event.create(kind="user_action", at=1, received_at=1, name="view", user="ann-4711")
    db.database.close()


@pytest.mark.usefixtures("_player")
def test_it_erases_a_player_and_says_when_it_did(tmp_path: Path) -> None:
    assert run("user-data", "erase", "ann-4711").exit_code == 1  # nobody answered the question
    assert run("user-data", "erase", "ann-4711", "--yes").stdout == "erased 1 row\n"
    assert b"ann-4711" not in b"".join(path.read_bytes() for path in tmp_path.glob("mon.db*"))
    again = json.loads(run("user-data", "erase", "ann-4711", "--yes", "--no-vacuum", "--json").stdout)
    assert again == {"erased": dict.fromkeys(again["erased"], 0), "journalEmptied": True}
    assert [row["counts"]["event"] for row in json.loads(run("user-data", "log", "--json").stdout)] == [
        0,
        1,
    ]
    db.database.close()
