import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes import BIN
from tests.serving import Server

QUICK = ("--hold", "2s", "--items", "10", "--storm", "20", "--settle", "20s", "--max-time", "60s")


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    report: dict[str, Any]
    errors: str


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """The command as a child, with the tokens in its environment and JSON on its output."""

    def start(server: Server, *options: str, url: str | None = None) -> "subprocess.Popen[str]":
        environ = {
            "PATH": os.environ["PATH"],
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
            "GAMEPILOT_MON_TOKEN": server.tokens["viewer"],
            "GAMEPILOT_MON_OPERATOR_TOKEN": server.tokens["operator"],
            "GAMEPILOT_MON_INGEST_TOKEN": server.tokens["ingest"],
        }
        command = [BIN / "gamepilot-mon", "loadtest", "--url", url or server.url, "--json", *QUICK, *options]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    return start


@pytest.fixture
def load(begin: Callable[..., "subprocess.Popen[str]"]) -> Callable[..., Ran]:
    def run(server: Server, *options: str, url: str | None = None) -> Ran:
        return finished(begin(server, *options, url=url))

    return run


def finished(child: "subprocess.Popen[str]") -> Ran:
    try:
        output, errors = child.communicate(timeout=90)
    finally:
        if child.poll() is None:
            child.kill()
    return Ran(child.returncode, json.loads(output) if output else {}, errors)
