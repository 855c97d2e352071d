"""The simulated GamePilot in a real PostgreSQL server, read by the monitor's own source."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from gamepilot_mon import db
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Event
from gamepilot_mon.simulator.database import GamePilotDatabase
from gamepilot_mon.simulator.players import players
from gamepilot_mon.simulator.postgresql_tables import Unusable
from gamepilot_mon.simulator.tables import Busy
from gamepilot_mon.simulator.traffic import Traffic
from gamepilot_mon.sources import gamepilot_db
from tests.postgresql import Server
from tests.processes import free_port

MINUTE = 60_000


@pytest.fixture
def url(postgresql: Server) -> str:
    return postgresql.url(postgresql.empty_database())


@pytest.fixture
def gamepilot(url: str) -> Iterator[GamePilotDatabase]:
    database = GamePilotDatabase.open(url)
    yield database
    database.close()


def traffic(now: int) -> list[dict[str, object]]:
    return list(Traffic(1, "error-spike", now - 5 * MINUTE).between(now - 5 * MINUTE, now))


def test_it_writes_rows_that_the_monitor_reads_as_the_events_they_were(
    store: Path, url: str, gamepilot: GamePilotDatabase
) -> None:
    now = utcnow()
    gamepilot.add_players(players(1), now)
    gamepilot.add_players(players(1), now)
    written = gamepilot.append(traffic(now))
    more = True
    with closing(gamepilot_db.open_source(url)) as source:
        while more:
            batch = source.poll(now)
            assert (batch.problems, batch.skipped) == ([], 0)
            with db.write():
                gamepilot_db.store(batch, now)
            more = batch.more
    assert Event.select().count() == written > 500
    mood = Event.select().where(Event.kind == "mood_selection").first()
    assert mood.user and 0 <= mood.value <= 1
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (len(list(players(1))),)


def test_it_writes_on_after_the_server_ended_the_connection(url: str, gamepilot: GamePilotDatabase) -> None:
    events = traffic(utcnow())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gamepilot-simulator'"
        )
        with pytest.raises(Busy, match="the database"):
            gamepilot.append(events)
        written = gamepilot.append(events)
        assert connection.execute("SELECT count(*) FROM performance_metrics").fetchone()[0] <= written


def test_it_says_what_is_wrong_without_the_password() -> None:
    url = f"postgresql://gamer:geheim@127.0.0.1:{free_port()}/game"
    with pytest.raises(Unusable, match=r"the database 127.0.0.1:\d+/game: ") as caught:
        GamePilotDatabase.open(url)
    assert "geheim" not in str(caught.value)


def test_the_command_says_how_to_install_what_is_missing(tmp_path: Path) -> None:
    """In a process in which psycopg cannot be imported, as where the extra is not installed."""
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from gamepilot_mon.cli.simulate import simulate\n"
        "simulate(['--database', 'postgresql://127.0.0.1/game', '--duration', '1s'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert ran.returncode == 1
    assert "needs psycopg, which is not installed: pip install 'gamepilot-mon[postgresql]'" in ran.stderr
    assert "Traceback" not in ran.stderr
