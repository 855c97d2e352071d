"""How fast events become durable, and what everybody else has to wait meanwhile. All in one run, side by side:

over HTTP with group commit, with a commit a request, the same rows without HTTP, and decoding alone; then with the
daemon, from the first byte to the last event in the rollups, while alerts are acknowledged and old events deleted.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

from bench import ingest_client
from bench.product import percentile
from gamepilot_mon import db, rollups
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Cursor, Event
from gamepilot_mon.sources import intake
from tests.processes import daemon
from tests.serving import CONFIGURED, ROOT, Server

BODIES = 2_500
CONNECTIONS = 32
PACE = 20_000  # what the whole product keeps up with
SHAPES = (
    ("without id and user", "lean"),
    ("with a random id and a user", "keyed"),
    ("with an id in the order of time and a user", "timed"),
)
OURS = "bench.ingest_app:app"
BARE = "bench.bare_app:app"
RAW_ROWS = "INSERT INTO event (key, kind, at, received_at, name, value, ok, severity, user, data)"
EXECUTEMANY = f"{RAW_ROWS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"


@contextmanager
def served(app: str = OURS, **extra: str) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("GAMEPILOT_BENCH_DIR")) as folder:
        server = Server(Path(folder), extra, (*CONFIGURED, app)).start()
        try:
            yield server
        finally:
            server.stop()


def send(server: Server, count: int, shape: str, pace: float = 0) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.ingest_client", "127.0.0.1", str(server.port)]
    more = [server.tokens["ingest"], str(count), str(CONNECTIONS), shape, str(pace)]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def cpu_s(process: psutil.Process) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))


def over_http(name: str, shape: str, app: str = OURS, **extra: str) -> float:
    """Prints the rate; returns it for each second of the server's processor, which a busy machine changes less."""
    with served(app, **extra) as server:
        send(server, 100, "lean")  # warm
        process = psutil.Process(server.process.pid)
        before = cpu_s(process)
        found = send(server, BODIES, shape)
        used = cpu_s(process) - before
    per_s, client = found["events"] / used, found["cpu"] / found["seconds"]
    print(
        f"{name:<46} {found['events'] / found['seconds']:9,.0f}/s  p50 {found['p50']:6.1f} p99 {found['p99']:6.1f} ms"
        f"  {per_s:9,.0f} per s of its processor, client {client:.0%}, load {os.getloadavg()[0]:.0f}",
        flush=True,
    )
    if set(found["statuses"]) != {"202"}:
        print(f"{'':<46} answers: {found['statuses']}")
    return per_s


def raw(name: str, shape: str, group: int, insert: Callable[[list[intake.Row]], object]) -> float:
    """The same rows by one process into the same table, nothing but `insert` in a transaction."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("GAMEPILOT_BENCH_DIR")) as folder:
        db.open_database(f"sqlite:///{folder}/mon.db")
        rows = _rows(shape)
        began, used = time.perf_counter(), time.process_time()
        for start in range(0, len(rows), group):
            with db.write():
                insert(rows[start : start + group])
        took, used = time.perf_counter() - began, time.process_time() - used
        db.database.close()
    print(
        f"{name:<46} {len(rows) / took:9,.0f}/s {'':<27} {len(rows) / used:9,.0f} per s of its processor",
        flush=True,
    )
    return len(rows) / took


def _rows(shape: str) -> list[intake.Row]:
    made = ingest_client.bodies(BODIES // 2, shape)
    rows = [row for data in made for row in intake.rows_of_body(data, utcnow())[0]]
    return rows * (BODIES // 2 // len(made))


def executemany(rows: list[intake.Row]) -> None:
    db.database.connection().executemany(EXECUTEMANY, rows)


def decoding(name: str, what: Any) -> None:
    made = ingest_client.bodies(500, "keyed")
    began = time.perf_counter()
    for data in made:
        what(data)
    print(f"{name:<46} {len(made) * 100 / (time.perf_counter() - began):9,.0f}/s", flush=True)


class Meanwhile:
    """People and old events while events come in: how long an alert, its acknowledgement and a delete take."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.raised: list[float] = []
        self.acknowledged: list[float] = []

    def __enter__(self) -> "Meanwhile":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with requests.Session() as session:
            session.headers.update(self._server.bearer("operator"))
            while not self._ended.wait(0.02):
                alert = {"type": "drill", "severity": "info", "message": "bench"}
                answer = self._timed(session, "/api/realtime/alerts/custom", alert, self.raised)
                number = answer.json()["data"]["id"]
                self._timed(session, f"/api/v1/alerts/{number}/acknowledge", {}, self.acknowledged)

    def _timed(
        self, session: requests.Session, path: str, document: dict[str, str], into: list[float]
    ) -> requests.Response:
        began = time.perf_counter()
        answer = session.post(self._server.url + path, json=document, timeout=30)
        into.append((time.perf_counter() - began) * 1e3)
        answer.raise_for_status()
        return answer


def end_to_end(count: int, pace: float = 0) -> None:
    """With the daemon and retention at work; as fast as it is answered, or at `pace` events a second."""
    with tempfile.TemporaryDirectory() as state:
        lag = Path(state) / "lag"
        with served(GAMEPILOT_BENCH_LAG=str(lag), GAMEPILOT_MON_RAW_HISTORY="1h") as server:
            server.open_store()
            _age(200_000)
            environ = {
                "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{server.state}/mon.db",
                "GAMEPILOT_MON_RAW_HISTORY": "1h",
            }
            with daemon(environ, server.state) as running:
                eventually_folded()
                before = cpu_s(psutil.Process(running.process.pid))
                began = time.perf_counter()
                with Meanwhile(server) as people:
                    found = send(server, count, "lean", pace)
                eventually_folded()
                took = time.perf_counter() - began
                used = cpu_s(psutil.Process(running.process.pid)) - before
            db.database.close()
        _print_end_to_end(found, took, used)
        _print_meanwhile(people, lag)


def _print_end_to_end(found: dict[str, Any], took: float, used: float) -> None:
    events = found["events"]
    print(
        f"{'with the daemon: durable over HTTP':<46} {events / found['seconds']:9,.0f}/s  {found['statuses']}"
    )
    print(
        f"{'  until the last is in the rollups':<46} {events / took:9,.0f}/s  daemon {used:.1f} s of processor"
    )


def _print_meanwhile(people: Meanwhile, lag: Path) -> None:
    turns = [tuple(map(float, line.split())) for line in lag.read_text().splitlines()]
    for name, values in (
        ("  meanwhile: an alert raised", people.raised),
        ("  meanwhile: acknowledged", people.acknowledged),
        ("  meanwhile: the web loop came late by", [late for late, _ in turns]),
        ("  meanwhile: it ran before by", [ran for _, ran in turns]),
    ):
        p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
        print(f"{name:<46} p50 {p50:6.1f} p99 {p99:6.1f} max {max(values):6.1f} ms  ({len(values)} times)")


def with_people() -> None:
    """The web process alone under full load, while alerts are raised and acknowledged."""
    with tempfile.TemporaryDirectory() as state:
        lag = Path(state) / "lag"
        with served(GAMEPILOT_BENCH_LAG=str(lag)) as server:
            send(server, 100, "lean")
            with Meanwhile(server) as people:
                found = send(server, BODIES, "lean")
        rate = found["events"] / found["seconds"]
        print(f"{'the web process alone: durable over HTTP':<46} {rate:9,.0f}/s  {found['statuses']}")
        _print_meanwhile(people, lag)


def _age(count: int) -> None:
    """Events that are past their keep, so that retention has work; they count as folded."""
    old = utcnow() - 2 * 3_600_000
    row = intake.Row(None, "deploy", old, old, "1", None, None, None, None, None)
    for _ in range(0, count, 10_000):
        with db.write():
            intake.insert([row] * 10_000)
    newest = Event.select(Event.id).order_by(Event.id.desc()).limit(1).scalar()
    with db.write():
        Cursor.move(rollups.CURSOR, newest)


def eventually_folded() -> None:
    deadline = time.monotonic() + 300
    while rollups.pending():
        if time.monotonic() > deadline:
            raise SystemExit("the daemon did not fold every event in 300 s")
        time.sleep(0.05)


def main() -> None:
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}; {BODIES} bodies of 100 events, "
          f"{CONNECTIONS} connections")  # fmt: skip
    for label, shape in SHAPES:
        print(f"-- operations, {label}")
        over_http("over HTTP, read and answered, nothing done", shape, BARE)
        ours = over_http("over HTTP, group commit", shape)
        alone = over_http("over HTTP, a commit a request", shape, GAMEPILOT_BENCH_ALONE="1")
        print(f"{'':<46} {ours / alone:9.1f} x for each second of processor")
        raw("no HTTP: executemany, 100 rows a commit", shape, 100, executemany)
        raw("no HTTP: executemany, 2,000 rows a commit", shape, 2_000, executemany)
        raw("no HTTP: the intake's insert, 2,000 a commit", shape, 2_000, intake.insert)
    decoding("decoding and validating alone", intake.sound_events)
    decoding("decoding, validating, and rows", lambda data: intake.rows_of_body(data, utcnow()))
    print("-- with people")
    with_people()
    print("-- with people, the daemon, and 200,000 old events to delete")
    end_to_end(BODIES)
    print(f"-- the same at a pace of {PACE:,} events a second")
    end_to_end(BODIES * 2, PACE)


if __name__ == "__main__":
    main()
