"""The real web process in a child, and what tests ask of it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.auth.principals import ROLES
from gamepilot_mon.clock import utcnow
from tests.processes import free_port

ROOT = Path(__file__).parent.parent
GUNICORN = (sys.executable, "-m", "gunicorn")
CONFIGURED = ("-c", "python:gamepilot_mon.web.gunicorn_conf")
START_S = 60
STOP_S = 10


def environment(state: Path, port: int, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{state}/mon.db",
        "GAMEPILOT_MON_BIND": f"127.0.0.1:{port}",
        **(extra or {}),
    }


@dataclass
class Server:
    """Started by `start`; `tokens` holds one token a role."""

    state: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = (*CONFIGURED, "wsgi:app")
    tokens: dict[str, str] = field(default_factory=dict)

    def start(self, port: int = 0) -> "Server":
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.state / "web.log"
        self.state.mkdir(parents=True, exist_ok=True)
        self._make_tokens()
        environ = environment(self.state, self.port, self.extra)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*GUNICORN, *self.arguments), cwd=ROOT, env=environ, stdout=log, stderr=log
            )
        self._wait_until_it_answers()
        return self

    def stop(self) -> int:
        """The exit code; killed when it does not end by itself."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def get(self, path: str, role: str | None = None, **kwargs: object) -> requests.Response:
        return self.request("GET", path, role, **kwargs)

    def post(self, path: str, role: str | None = None, **kwargs: object) -> requests.Response:
        return self.request("POST", path, role, **kwargs)

    def request(self, method: str, path: str, role: str | None = None, **kwargs: object) -> requests.Response:
        headers = {**(self.bearer(role) if role else {}), **kwargs.pop("headers", {})}  # type: ignore[dict-item]
        options = {"timeout": 15, "allow_redirects": False, **kwargs}
        return requests.request(method, self.url + path, headers=headers, **options)  # type: ignore[arg-type]

    def open_store(self) -> None:
        """Let this process's models look at the server's store."""
        db.open_database(f"sqlite:///{self.state}/mon.db")

    def _make_tokens(self) -> None:
        self.open_store()
        with db.write():
            self.tokens = {role: tokens.create(role, role, utcnow()) for role in ROLES}
        db.database.close()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/healthz", timeout=START_S).ok:
                    return
            except requests.RequestException:
                pass
        self.stop()
        raise AssertionError(f"the web process did not start:\n{self.log.read_text()}")
