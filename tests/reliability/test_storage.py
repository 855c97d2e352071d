"""A store that is locked or full: nothing acknowledged is lost, nobody is called down, and all goes on by itself."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from gamepilot_mon import db
from gamepilot_mon.auth import tokens
from gamepilot_mon.catchers.slack import SlackCatcher
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Alert, Check, Event, Observation
from gamepilot_mon.simulator.server import GamePilotServer
from gamepilot_mon.simulator.stage import Stage
from tests.processes import Running, answers, eventually, free_port, whole


class House:
    """The product on a store in `folder`, watching an address that answers."""

    def __init__(self, folder: Path, slack: SlackCatcher, game: GamePilotServer, logs: Path) -> None:
        self.store = folder / "mon.db"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.running = whole(
            {
                "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{self.store}",
                "GAMEPILOT_MON_BIND": self.url.removeprefix("http://"),
                "GAMEPILOT_MON_CHECK_INTERVAL": "1s",
                "GAMEPILOT_URL": game.url,
                "SLACK_ENABLED": "true", "SLACK_WEBHOOK_URL": slack.url,
            },
            logs,
        )  # fmt: skip
        db.open_database(f"sqlite:///{self.store}")
        with db.write():
            self.token = tokens.create("ingest", "ingest", utcnow())

    def report(self, key: str, **event: object) -> int:
        """The status of one event's report."""
        answer = requests.post(
            f"{self.url}/api/v1/events", json={"events": [{"id": key, **event}]},
            headers={"Authorization": f"Bearer {self.token}"}, timeout=30,
        )  # fmt: skip
        assert answer.status_code in (202, 429, 503), answer.text
        return answer.status_code


@contextmanager
def gamepilot() -> Iterator[GamePilotServer]:
    """A GamePilot that is well."""
    server = GamePilotServer(("127.0.0.1", 0), Stage("calm", 1, 1.0, utcnow()), lambda: 0)
    server.start()
    yield server
    server.close()


@contextmanager
def running(folder: Path, logs: Path) -> Iterator[tuple[House, SlackCatcher]]:
    with SlackCatcher() as slack, gamepilot() as game:
        house = House(folder, slack, game, logs)
        with house.running:
            eventually(lambda: answers(f"{house.url}/readyz"), within_s=30, what="ready")
            yield house, slack
        assert house.running.process.returncode == 0
        assert "Traceback" not in house.running.output(), house.running.output()
    db.database.close()


OPERATION = {"kind": "operation", "operation": "search", "duration_ms": 5, "success": True}
CRITICAL = {"kind": "error", "operation": "payment", "error": "boom", "severity": "critical"}
LOCKED_S = float(os.environ.get("LOCKED", "1.5"))


def test_it_loses_nothing_while_another_program_locks_the_store(tmp_path: Path) -> None:
    with running(tmp_path, tmp_path) as (house, slack):
        stop = threading.Event()

        def lock_again_and_again() -> None:
            connection = sqlite3.connect(house.store, timeout=30, isolation_level=None)
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                stop.wait(LOCKED_S)
                connection.execute("ROLLBACK")
                stop.wait(0.05)
            connection.close()

        locker = threading.Thread(target=lock_again_and_again)
        locker.start()
        accepted = [key for key in map(str, range(12)) if house.report(key, **OPERATION) == 202]
        house.report("critical", **CRITICAL)
        stop.set()
        locker.join()
        while house.report("critical", **CRITICAL) != 202:
            pass
        slack.wait_for(lambda posts: len(posts) > 0, timeout=20)
        assert {event.key for event in Event.select()} >= set(accepted) and accepted
        assert not Alert.select().where(Alert.type == "system_down").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB, which takes root to mount."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system takes root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_it_says_503_on_a_full_disk_and_goes_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    with running(small_disk, tmp_path) as (house, slack):
        filler = small_disk / "filler"
        fill(filler)
        statuses = {house.report(f"full-{n}", **OPERATION, metadata={"pad": "x" * 4000}) for n in range(40)}
        assert 503 in statuses
        assert answers(f"{house.url}/healthz")
        filler.unlink()
        while house.report("critical", **CRITICAL) != 202:
            pass
        slack.wait_for(lambda posts: len(posts) > 0, timeout=30)
        eventually(lambda: answers(f"{house.url}/readyz"), within_s=30, what="ready again")
        assert not Alert.select().where(Alert.type == "system_down").exists()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as filler:
        for size in (65536, 4096, 512):
            try:
                while filler.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


def test_it_skips_what_it_missed_while_it_was_stopped(tmp_path: Path) -> None:
    with running(tmp_path, tmp_path) as (house, _):
        daemon = daemon_of(house.running)
        check = eventually(lambda: Check.get_or_none(Check.name == "GamePilot reachability"))
        eventually(lambda: seen(check) >= 2, what="two observations")
        os.kill(daemon, signal.SIGSTOP)
        before, stopped_at = seen(check), utcnow()
        eventually(lambda: utcnow() - stopped_at > 4000)
        os.kill(daemon, signal.SIGCONT)
        resumed_at = utcnow()
        eventually(lambda: seen(check) >= before + 3, what="observations after the stop")
        assert utcnow() - resumed_at >= 1000, "four missed observations must not come in one burst"


def seen(check: Check) -> int:
    return int(Observation.select().where(Observation.check_id == check.id).count())


def daemon_of(running: Running) -> int:
    import psutil

    children = psutil.Process(running.process.pid).children()
    return next(child.pid for child in children if child.cmdline()[-1] == "daemon")
