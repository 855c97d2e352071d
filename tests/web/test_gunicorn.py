import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.serving import CONFIGURED, GUNICORN, ROOT, Server, environment, free_port

CONFIGURED_APP = (*CONFIGURED, "wsgi:app")


def run(state: Path, arguments: tuple[str, ...], **extra: str) -> tuple[int, list[str]]:
    """Exit code and lines of a start that is meant to fail."""
    environ = environment(state, free_port(), extra)
    done = subprocess.run(
        (*GUNICORN, *arguments),
        cwd=ROOT,
        env=environ,
        text=True,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


def test_it_stops_cleanly_although_a_connection_is_open(serve: Callable[..., Server]) -> None:
    own = serve()
    with requests.Session() as session:
        session.get(f"{own.url}/healthz", timeout=5)
        assert own.stop() == 0

    assert "graceful timeout" not in own.log.read_text()


def test_it_answers_the_request_that_is_running_when_it_stops(serve: Callable[..., Server]) -> None:
    own = serve()
    blocker = sqlite3.connect(own.state / "mon.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    body = b'{"events":[{"kind":"deploy","version":"1"}]}'
    with socket.create_connection(("127.0.0.1", own.port), timeout=10) as client:
        client.sendall(
            b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + own.tokens["ingest"].encode()
            + b"\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body)
        )  # fmt: skip
        assert b"100" in client.recv(1000)
        client.sendall(body)
        own.process.send_signal(signal.SIGTERM)
        blocker.execute("ROLLBACK")
        blocker.close()
        assert b" 202 " in client.recv(10_000)

    assert own.stop() == 0


def test_it_serves_without_its_configuration_file_too(serve: Callable[..., Server], tmp_path: Path) -> None:
    port = free_port()
    own = Server(tmp_path / "bare", arguments=("-k", "gevent", "-b", f"127.0.0.1:{port}", "wsgi:app"))
    own.start(port)
    try:
        body = {"events": [{"kind": "deploy", "version": "1"}]}
        assert own.post("/api/v1/events", "ingest", json=body).status_code == 202
    finally:
        assert own.stop() == 0


def test_it_names_every_wrong_setting_and_exits_2(tmp_path: Path) -> None:
    wrong = {"GAMEPILOT_MON_COOLDOWN": "soon", "GAMEPILOT_MON_CHECK_INTERVAL": "never"}

    code, lines = run(tmp_path, CONFIGURED_APP, **wrong)

    assert code == 2
    assert sorted(line.partition(":")[0] for line in lines) == sorted(wrong)


def test_it_names_every_wrong_setting_without_the_configuration_file_too(tmp_path: Path) -> None:
    bare = ("-k", "gevent", "-b", f"127.0.0.1:{free_port()}", "wsgi:app")

    code, lines = run(tmp_path, bare, GAMEPILOT_MON_COOLDOWN="soon")

    assert code == 2
    assert [line.partition(":")[0] for line in lines] == ["GAMEPILOT_MON_COOLDOWN"]


@pytest.mark.parametrize("arguments", [CONFIGURED_APP])
def test_it_says_in_one_line_that_the_store_is_unusable(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, lines = run(tmp_path, arguments, GAMEPILOT_MON_DATABASE_URL=f"sqlite:///{tmp_path}")

    assert code == 1
    assert [line for line in lines if "gunicorn" not in line] == [
        f"the store {tmp_path} is a folder, not a file"
    ]


def test_it_says_in_one_line_that_the_port_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        code, lines = run(tmp_path, CONFIGURED_APP, GAMEPILOT_MON_BIND=bind)

    assert code == 1
    assert lines[-1] == f"{bind} is in use by another process; set GAMEPILOT_MON_BIND to a free one"
    assert sum("in use" in line for line in lines) == 1
