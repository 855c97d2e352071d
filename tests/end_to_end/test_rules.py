"""A rule that a person writes is judged by the running daemon within a second, by the API and by a file."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import BIN, daemon, eventually
from tests.serving import Server

DEPTH = {"metric": "depth", "statistic": "max", "window": "1h", "warning": 100}
SOON_S = 20.0  # far below the ten minutes


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Server]:
    """The web process and the daemon; the daemon looks by itself once in ten minutes only."""
    server = Server(tmp_path).start()
    environ = {
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db", "GAMEPILOT_MON_CHECK_INTERVAL": "10m",
    }  # fmt: skip
    with daemon(environ, tmp_path):
        eventually(lambda: server.get("/readyz").status_code == 200, within_s=20, what="ready")
        event = {"kind": "metric", "name": "depth", "value": 500}
        accepted = server.post("/api/v1/events", "ingest", json={"events": [event]})
        assert accepted.status_code == 202
        yield server
    server.stop()


def opened(server: Server) -> list[tuple[str, str, str | None]]:
    rows = server.get("/api/v1/alerts", "viewer").json()["data"]
    return [(row["type"], row["severity"], row["endedAt"]) for row in rows]


def test_a_rule_is_in_force_at_once(running: Server) -> None:
    assert running.post("/api/v1/rules", "admin", json={"name": "depth", **DEPTH}).status_code == 201
    at = time.monotonic()
    eventually(lambda: ("depth", "warning", None) in opened(running), within_s=SOON_S, what="a warning")
    first = time.monotonic() - at
    worse = {**DEPTH, "critical": 200}
    assert running.request("PUT", "/api/v1/rules/depth", "admin", json=worse).status_code == 200
    eventually(lambda: ("depth", "critical", None) in opened(running), within_s=SOON_S, what="a critical")
    assert running.request("DELETE", "/api/v1/rules/depth", "admin").status_code == 200
    eventually(lambda: opened(running)[0][2], within_s=SOON_S, what="its end")
    print(f"in force {first * 1000:.0f} ms after the answer")


def test_a_file_is_in_force_at_once(running: Server, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules:\n  depth: {metric: depth, statistic: max, window: 1h, warning: 100}\n")
    environ = {"PATH": "/usr/bin:/bin", "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db"}
    done = subprocess.run(
        (BIN / "gamepilot-mon", "config", "apply", file, "--yes"), env=environ, cwd=tmp_path,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    eventually(lambda: ("depth", "warning", None) in opened(running), within_s=SOON_S, what="a warning")
