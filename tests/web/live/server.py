"""gunicorn in a process of its own, with the store that this process writes to as well."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import requests
import websocket

from gamepilot_mon import db, feed, nudge
from gamepilot_mon.auth import sessions, tokens
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import User
from tests.web.live.raw import DEADLINE_S, Raw

ROOT = Path(__file__).parents[3]
C = TypeVar("C", "Live", "Stream", Raw)


def wait_until(condition: Callable[[], Any], deadline_s: float = DEADLINE_S) -> Any:
    """The first true answer of `condition`, which itself takes a moment (it asks another process)."""
    end = time.monotonic() + deadline_s
    while not (answer := condition()):
        assert time.monotonic() < end, "the condition did not come true in time"
        os.sched_yield()
    return answer


class Server:
    def __init__(self, folder: Path, timing: dict[str, int] | None = None, **environ: str) -> None:
        self.url = f"sqlite:///{folder}/store.db"
        self._nudge = nudge.Sender(nudge.folder_of(folder))
        self._opened: list[Live | Stream | Raw] = []
        self.open_store()
        self.token = self.new_token()
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = listener.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder / "gunicorn.log"
        log = self.log.open("w")
        command = [sys.executable, "-m", "gunicorn", "-c", "tests/web/live/conf.py", "tests.web.live.app:app"]
        self.process = subprocess.Popen(
            [*command, "-b", f"fd://{listener.fileno()}"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "GAMEPILOT_MON_DATABASE_URL": self.url,
                "TEST_TIMING": json.dumps(timing or {}),
                **environ,
            },
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        listener.close()
        log.close()
        self.inside()  # the listener was there before: this waits for the first answer

    def open_store(self) -> None:
        """Bind this process to the server's store (again)."""
        db.open_database(self.url)

    def new_token(self, role: str = "viewer") -> str:
        with db.write():
            return tokens.create(role, "tester", utcnow())

    def append(self, event: str = "alert:new", data: Any = None) -> int:
        with db.write():
            id = feed.append(event, data if data is not None else {"n": 1}, utcnow())
        self._nudge(frozenset({"feed"}))
        return id

    def append_many(self, count: int, event: str = "alert:new", data: Any = None) -> list[int]:
        with db.write():
            ids = [feed.append(event, {"n": n, "pad": data}, utcnow()) for n in range(count)]
        self._nudge(frozenset({"feed"}))
        return ids

    def append_each(self, data: list[Any], event: str = "alert:new") -> list[int]:
        """In one commit."""
        with db.write():
            ids = [feed.append(event, one, utcnow()) for one in data]
        self._nudge(frozenset({"feed"}))
        return ids

    def inside(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.base}/inside", timeout=DEADLINE_S).json()
        return answer

    def open_readers(self) -> None:
        """Have every thread that reads the store open its connection: two descriptors each, kept from then on."""

        def knock(number: int) -> int:
            headers = {"Authorization": f"Bearer gpm_unknown{number}"}
            url = f"{self.base}/api/realtime/stream"
            return requests.get(url, headers=headers, timeout=DEADLINE_S).status_code

        with ThreadPoolExecutor(20) as pool:
            assert set(pool.map(knock, range(100))) == {401}

    def clients(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.inside()["clients"]["clients"]
        return rows

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def websocket(self, *, token: str | None = None, **options: Any) -> "Live":
        return self._keep(Live(self.port, token or self.token, **options))

    def raw(self, **options: Any) -> Raw:
        return self._keep(Raw(self.port, self.token, **options))

    def raw_browser(self, **headers: str) -> Raw:
        """A browser with its cookie, from our own page unless it says otherwise."""
        origin = {} if "Origin" in headers else {"Origin": self.base}
        return self._keep(Raw(self.port, None, Cookie=self.cookie(), **origin, **headers))

    def cookie(self) -> str:
        """Of a browser in which a viewer has signed in."""
        with db.write():
            user, _ = User.get_or_create(name="ada", defaults={"role": "viewer", "created_at": utcnow()})
            key = sessions.create(user, utcnow(), 3_600_000)
        answer = requests.get(f"{self.base}/enter/{key}", timeout=DEADLINE_S)
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    def stream(self, query: str = "", **headers: str) -> "Stream":
        return self._keep(Stream(self.base, query, {**self.bearer, **headers}))

    def _keep(self, client: C) -> C:
        self._opened.append(client)
        return client

    def hang_up(self) -> None:
        """Close what the test has opened."""
        while self._opened:
            self._opened.pop().close()

    def signal(self, number: signal.Signals = signal.SIGTERM) -> float:
        self.process.send_signal(number)
        return time.monotonic()

    def close(self) -> None:
        self.hang_up()
        self._nudge.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Live:
    """websocket-client, speaking the feed's messages."""

    def __init__(self, port: int, token: str, *, greet: bool = True, **options: Any) -> None:
        self.connection = websocket.create_connection(
            f"ws://127.0.0.1:{port}/ws",
            header=[f"Authorization: Bearer {token}"],
            suppress_origin=True,
            timeout=DEADLINE_S,
            **options,
        )
        self.hello = self.receive() if greet else None

    def say(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def subscribe(self, *topics: str, since: int | None = None) -> "Live":
        self.say(type="subscribe", topics=list(topics), **({} if since is None else {"since": since}))
        return self

    def settle(self) -> "Live":
        """Returns when all that was said has been done."""
        self.say(type="ping")
        assert self.receive() == {"type": "pong"}
        return self

    def receive(self) -> Any:
        return json.loads(self.connection.recv())

    def items(self, count: int) -> list[Any]:
        return [self.receive() for _ in range(count)]

    def close_code(self) -> int:
        """Reads on to the close frame."""
        while True:
            opcode, data = self.connection.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2])

    def cut(self) -> None:
        """Gone without a word."""
        self.connection.shutdown()

    def close(self) -> None:
        self.connection.shutdown()


class Stream:
    """requests, reading server-sent events."""

    def __init__(self, base: str, query: str, headers: dict[str, str]) -> None:
        self.response = requests.get(
            f"{base}/api/realtime/stream{query}", headers=headers, stream=True, timeout=DEADLINE_S
        )
        assert self.response.status_code == 200, self.response.text
        self._lines = self.response.iter_lines()

    def block(self) -> dict[str, str]:
        """The fields up to the next empty line; a comment's name is empty."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return fields
            name, _, value = line.decode().partition(": ")
            fields[name] = value
        raise EOFError

    def event(self) -> dict[str, str]:
        while "data" not in (block := self.block()):
            pass
        return block

    def events(self, count: int) -> list[dict[str, str]]:
        return [self.event() for _ in range(count)]

    def close(self) -> None:
        self.response.close()
