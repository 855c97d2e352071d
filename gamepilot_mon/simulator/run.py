"""The run: play a scenario in real time, into a monitor's ingest, a database, an HTTP API, or all of them."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gamepilot_mon.clock import utcnow
from gamepilot_mon.simulator.database import GamePilotDatabase
from gamepilot_mon.simulator.players import players
from gamepilot_mon.simulator.push import Push
from gamepilot_mon.simulator.server import GamePilotServer
from gamepilot_mon.simulator.stage import Stage
from gamepilot_mon.simulator.tables import Busy
from gamepilot_mon.simulator.traffic import Event

TICK_MS = 200
STALL_MS = 2_000  # a longer gap between ticks is skipped, not made up for
FASTEST = 10_000
KEPT_ROWS = 20_000  # events kept for a database that is locked

Echo = Callable[[str], None]


@dataclass(slots=True)
class Summary:
    """What a run did. `lost` events were dropped or refused on the way, or not answered at its end."""

    events: int = 0
    accepted: int = 0
    rows: int = 0
    lost: int = 0


def simulate(
    scenario: str = "calm",
    seed: int = 1,
    speed: float = 1.0,
    push_url: str | None = None,
    token: str | None = None,
    database: Path | str | None = None,
    http_address: str | None = None,
    duration_ms: int | None = None,
    stop: threading.Event | None = None,
    echo: Echo = print,
) -> Summary:
    """Play `scenario` until `stop` is set or `duration_ms` of real time have passed.

    `push_url` is the base of the monitor, `database` a SQLite file or a postgresql:// URL, `http_address` a
    "host:port" (port 0 takes a free one, and the URL is echoed). `speed` multiplies how fast the scenario goes and how
    much happens in a second; the times written are the real ones. `echo` may be called from another thread.

    Raises ValueError (UnknownScenario) for arguments that make no sense, OSError when the address is taken,
    sqlite3.Error or Unusable when the database cannot be opened, PushRefused when the monitor refuses all that we send.
    """
    if not 0 < speed <= FASTEST:
        raise ValueError(f"the speed must be more than 0 and at most {FASTEST}")
    pace = _Pace()
    stage = Stage(scenario, seed, speed, pace.started_ms)
    summary = Summary()
    sinks: list[Callable[[list[Event]], None]] = []
    push: Push | None = None
    with ExitStack() as opened:
        if http_address is not None:
            server = GamePilotServer(_address(http_address), stage, pace.elapsed_ms)
            server.start()
            opened.callback(server.close)
            echo(f"simulated GamePilot at {server.url}/health")
        if database is not None:
            book = _Book(GamePilotDatabase.open(database), summary, echo)
            opened.callback(book.close)
            book.database.add_players(players(seed), pace.started_ms)
            sinks.append(book.add)
            echo(f"writing the tables of {book.database.name}")
        if push_url is not None:
            push = Push(push_url, token, echo)
            opened.callback(_finish, push, summary, echo)
            sinks.append(push.offer)
            echo(f"pushing to {push.url}")
        summary.events = _play(stage, pace, sinks, duration_ms, stop or threading.Event(), echo)
    if push and push.failure:
        raise push.failure
    return summary


class _Pace:
    """Real milliseconds since the run began, by a clock that never goes back."""

    def __init__(self) -> None:
        self.started_ms = utcnow()
        self._zero = time.monotonic()

    def elapsed_ms(self) -> int:
        return int((time.monotonic() - self._zero) * 1000)


class _Book:
    """Writes events to the database, and keeps them while it is locked or away."""

    def __init__(self, database: GamePilotDatabase, summary: Summary, echo: Echo) -> None:
        self.database = database
        self._summary = summary
        self._echo = echo
        self._kept: deque[Event] = deque()
        self._noted = ""

    def add(self, events: list[Event]) -> None:
        self._kept.extend(events)
        try:
            self._summary.rows += self.database.append(self._kept)
        except Busy as error:
            self._note(f"the database takes no rows now, they wait: {error}")
            self._trim()
        else:
            self._note("")
            self._kept.clear()

    def close(self) -> None:
        self._summary.lost += len(self._kept)
        self.database.close()

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._noted:
            self._echo(trouble)
        self._noted = trouble

    def _trim(self) -> None:
        while len(self._kept) > KEPT_ROWS:
            self._kept.popleft()
            self._summary.lost += 1


def _play(
    stage: Stage,
    pace: _Pace,
    sinks: list[Callable[[list[Event]], None]],
    duration_ms: int | None,
    stop: threading.Event,
    echo: Echo,
) -> int:
    """Hand the events of each tick to the sinks; returns how many there were."""
    count, done_ms, phase = 0, 0, ""
    while not stop.is_set() and (duration_ms is None or done_ms < duration_ms):
        stop.wait(TICK_MS / 1000)
        until_ms = pace.elapsed_ms() if duration_ms is None else min(pace.elapsed_ms(), duration_ms)
        if until_ms - done_ms > STALL_MS:
            echo(f"stalled for {(until_ms - done_ms) / 1000:.1f} s, which is skipped")
            done_ms = until_ms - TICK_MS
        phase = _announce(stage, until_ms, phase, echo)
        events = list(stage.events(done_ms, until_ms, utcnow()))
        for sink in sinks:
            sink(events)
        count, done_ms = count + len(events), until_ms
    return count


def _announce(stage: Stage, elapsed_ms: int, before: str, echo: Echo) -> str:
    now = f"{stage.scenario.name}: {stage.phase(elapsed_ms).name}"
    if now != before:
        echo(now)
    return now


def _finish(push: Push, summary: Summary, echo: Echo) -> None:
    push.close()
    summary.accepted = push.totals.accepted
    summary.lost += push.totals.offered - push.totals.accepted
    if summary.lost:
        echo(f"{summary.lost} events did not arrive")


def _address(text: str) -> tuple[str, int]:
    """ "127.0.0.1:4000" or "[::1]:4000" -> (host, port)."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"the address must be host:port, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)
