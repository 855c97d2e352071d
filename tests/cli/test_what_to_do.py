"""Where a command cannot go on, or has nothing to show, it says what to do."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes import BIN


def command(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Without a terminal, as under cron."""
    environ = {
        "PATH": os.environ["PATH"],
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{folder}/mon.db",
        **settings,
    }
    done = subprocess.run(
        (BIN / "gamepilot-mon", *words), env=environ, cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, start_new_session=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("user", "add", "bob", "--role", "viewer"), "--password-stdin"),
        (("config", "apply", "new.yaml"), "--yes"),
        (("user-data", "erase", "ann"), "--yes"),
        (("alerts", "test"), "SLACK_ENABLED=true and SLACK_WEBHOOK_URL"),
    ],
    ids=["password", "apply", "erase", "no channel"],
)
def test_it_says_what_to_give(tmp_path: Path, words: tuple[str, ...], advice: str) -> None:
    (tmp_path / "new.yaml").write_text("config: {cooldown: 7m}\n")
    done = command(tmp_path, *words)
    assert done.returncode == 1
    assert advice in done.stderr.splitlines()[-1]
    assert "Aborted" not in done.stderr


@pytest.mark.parametrize("noun", ["user", "token", "silence", "maintenance"])
def test_it_says_that_there_is_none(tmp_path: Path, noun: str) -> None:
    done = command(tmp_path, noun, "list")
    assert done.returncode == 0 and done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("No ")


def test_it_says_in_a_line_that_the_store_is_locked(tmp_path: Path) -> None:
    assert command(tmp_path, "token", "list").returncode == 0
    with closing(sqlite3.connect(tmp_path / "mon.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = command(tmp_path, "silence", "add", "a=b", "--reason", "x")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines() == [
        "gamepilot-mon: the store cannot be used now: database is locked; nothing was changed"
    ]


def test_the_doctor_makes_no_store(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor")
    assert done.returncode == 1
    assert f"there is none at {tmp_path}/mon.db" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_shows_values_as_a_file_writes_them(tmp_path: Path) -> None:
    shown = command(tmp_path, "config", "show").stdout
    assert {"false", "null", "{}", "[]"} <= {line.split()[1] for line in shown.splitlines()}
    assert not {"None", "False", "True"} & set(shown.split())


def test_it_says_that_the_database_of_gamepilot_is_not_there(tmp_path: Path) -> None:
    done = command(tmp_path, "source", "status", GAMEPILOT_DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
    assert done.returncode == 1
    assert "GAMEPILOT_DATABASE_URL: " in done.stderr and "none.db" in done.stderr
    assert "Nothing waits." not in done.stdout


def test_it_says_only_that_no_database_of_gamepilot_is_set(tmp_path: Path) -> None:
    done = command(tmp_path, "source", "status")
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "GAMEPILOT_DATABASE_URL is not set."
