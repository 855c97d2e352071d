"""The whole product as a child process, for benchmarks."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.clock import utcnow
from tests.processes import free_port

BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Product:
    url: str
    tokens: dict[str, str]
    pid: int

    def bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def processes(self) -> list[psutil.Process]:
        """The web process with its worker and the daemon, without the supervisor."""
        return psutil.Process(self.pid).children(recursive=True)


@contextmanager
def product(folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[Product]:
    """`gamepilot-mon run` on a new store in `folder`, ready, with a token a role."""
    url = f"sqlite:///{folder}/mon.db"
    db.open_database(url)
    with db.write():
        made = {
            role: tokens.create(role, role, utcnow()) for role in ("ingest", "viewer", "operator", "admin")
        }
    db.database.close()
    bind = f"127.0.0.1:{free_port()}"
    ours = {"PATH": os.environ["PATH"], "GAMEPILOT_MON_DATABASE_URL": url, "GAMEPILOT_MON_BIND": bind}
    with (folder / "run.log").open("wb") as log:
        running = subprocess.Popen(
            [BIN / "gamepilot-mon", "run"],
            cwd=folder,
            env={**ours, **(environ or {})},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_ready(f"http://{bind}/readyz")
        yield Product(f"http://{bind}", made, running.pid)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(30)


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise SystemExit(f"{url} was not ready in 30 s")


def percentile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]
