"""What the commands say, and their exit codes, when they cannot start: one clear line each, never a traceback."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.processes import BIN, ROOT, answers, daemon, eventually, free_port, whole

RUN = (str(BIN / "gamepilot-mon"), "run")
DAEMON = (sys.executable, "-m", "daemon")
WEB = (sys.executable, "-m", "gunicorn", "-c", "python:gamepilot_mon.web.gunicorn_conf", "wsgi:app")
EVERY = pytest.mark.parametrize("command", [RUN, DAEMON, WEB], ids=["run", "daemon", "web"])


def start(command: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> tuple[int, list[str]]:
    """The exit code and the lines on stderr of a command that is expected to end by itself."""
    ours = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GAMEPILOT_MON_BIND": f"127.0.0.1:{free_port()}",
    }
    done = subprocess.run(
        command, cwd=folder, env={**ours, **environ}, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    # A migration of the store may log before what went wrong.
    return done.returncode, [line for line in done.stderr.splitlines() if " INFO " not in line]


@EVERY
def test_it_names_every_wrong_setting_and_exits_2(command: tuple[str, ...], tmp_path: Path) -> None:
    environ = {"GAMEPILOT_MON_COOLDWN": "5m", "SMTP_PORT": "many", "JWT_SECRET": "too short for anybody"}
    code, lines = start(command, tmp_path, environ)
    assert code == 2 and len(lines) == 3
    assert [line.split(":")[0] for line in sorted(lines)] == [
        "GAMEPILOT_MON_COOLDWN",
        "JWT_SECRET",
        "SMTP_PORT",
    ]
    assert "too short for anybody" not in "".join(lines)


@EVERY
def test_it_says_that_the_folder_of_the_store_cannot_be_made(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    code, lines = start(
        command, tmp_path, {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/file/mon.db"}
    )
    assert code == 1 and len(lines) == 1
    assert "cannot create the folder" in lines[0]


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A folder that nobody can write to: a mode does not stop root, a read-only file system does."""
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    return folder


@EVERY
def test_it_says_that_the_folder_of_the_store_is_read_only(
    command: tuple[str, ...], tmp_path: Path, read_only: Path
) -> None:
    environ = {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{read_only}/mon.db"}
    if os.geteuid() == 0:
        command = ("setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all", *command)
        tmp_path.chmod(0o755)
        for parent in tmp_path.parents:
            if parent.name.startswith("pytest-"):
                parent.chmod(0o755)
        environ["GAMEPILOT_MON_DATABASE_URL"] = "sqlite:////proc/mon.db"
    code, lines = start(command, Path("/"), environ)
    assert code == 1 and len(lines) == 1
    assert "not writable" in lines[0] or "cannot use the store" in lines[0]


@EVERY
def test_it_says_that_the_file_is_not_a_store(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "mon.db").write_bytes(b"this is a diary, not a database" * 100)
    code, lines = start(command, tmp_path, {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db"})
    assert code == 1 and len(lines) == 1
    assert "not a database" in lines[0]
    assert (tmp_path / "mon.db").read_bytes().startswith(b"this is a diary")


@pytest.mark.parametrize("command", [RUN, WEB], ids=["run", "web"])
def test_it_says_that_the_port_is_in_use(command: tuple[str, ...], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        environ = {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db", "GAMEPILOT_MON_BIND": bind}
        code, lines = start(command, tmp_path, environ)
    assert code == 1 and len(lines) == 1
    assert bind in lines[0] and "in use" in lines[0]


def test_it_lets_one_daemon_work_on_a_store(tmp_path: Path) -> None:
    environ = {"GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db"}
    with daemon(environ, tmp_path) as first:
        eventually(lambda: "daemon started" in first.output(), within_s=20)
        code, lines = start(DAEMON, tmp_path, environ)
        assert code == 1 and len(lines) == 1 and "another daemon is running" in lines[0]
    assert first.process.returncode == 0


def test_it_goes_on_without_a_readable_gamepilot_database(tmp_path: Path) -> None:
    (tmp_path / "game.db").write_bytes(b"not a database at all" * 100)
    bind = f"127.0.0.1:{free_port()}"
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db", "GAMEPILOT_MON_BIND": bind,
        "GAMEPILOT_DATABASE_URL": f"sqlite:///{tmp_path}/game.db",
    }  # fmt: skip
    with whole(environ, tmp_path) as running:
        eventually(lambda: answers(f"http://{bind}/readyz"), within_s=30)
        eventually(
            lambda: "not a sound SQLite database" in running.output(), what="a line about the database"
        )
        assert "Traceback" not in running.output()
    assert running.process.returncode == 0


def test_it_reads_on_when_tables_of_gamepilot_are_missing(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "game.db") as game:
        game.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT)")
    game.close()
    bind = f"127.0.0.1:{free_port()}"
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db", "GAMEPILOT_MON_BIND": bind,
        "GAMEPILOT_DATABASE_URL": f"sqlite:///{tmp_path}/game.db",
    }  # fmt: skip
    with whole(environ, tmp_path) as running:
        eventually(lambda: answers(f"http://{bind}/readyz"), within_s=30)
        eventually(lambda: "performance_metrics" in running.output(), what="a line about the table")
        assert running.output().count("no table performance_metrics") == 1
        assert "Traceback" not in running.output()


def test_check_config_tells_right_from_wrong(tmp_path: Path) -> None:
    command = (str(BIN / "gamepilot-mon"), "check-config")
    assert start(command, tmp_path, {})[0] == 0
    code, lines = start(command, tmp_path, {"SLACK_ENABLED": "true"})
    assert code == 2 and lines[0].startswith("SLACK_WEBHOOK_URL")


def test_alerts_test_prints_what_an_unreachable_mail_host_did(tmp_path: Path) -> None:
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db", "EMAIL_ENABLED": "true",
        "EMAIL_TO": "a@b.example", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(free_port()), "SMTP_SECURE": "false",
    }  # fmt: skip
    done = subprocess.run(
        (BIN / "gamepilot-mon", "alerts", "test"), cwd=tmp_path, env={"PATH": os.environ["PATH"], **environ},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("email: FAILED") and "refused" in done.stdout
    assert "Traceback" not in done.stderr


def test_flask_knows_the_same_commands(tmp_path: Path) -> None:
    done = subprocess.run(
        (BIN / "flask", "--app", "wsgi", "check-config"), cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "GAMEPILOT_MON_BIND" in done.stdout


def test_it_says_that_the_demo_has_no_place_to_write(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    code, lines = start((str(BIN / "gamepilot-mon"), "demo"), tmp_path, {})
    assert code == 1 and len(lines) == 1
    assert "cannot write var/demo" in lines[0] and "a folder that is yours" in lines[0]


def test_it_says_where_the_store_can_be_put_when_its_folder_takes_no_file(tmp_path: Path) -> None:
    environ = {"GAMEPILOT_MON_DATABASE_URL": "sqlite:////proc/mon.db"}
    code, lines = start((str(BIN / "gamepilot-mon"), "alerts", "list"), tmp_path, environ)
    assert code == 1 and len(lines) == 1
    assert "/proc" in lines[0] and "GAMEPILOT_MON_DATABASE_URL says where it is kept" in lines[0]
