import json
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from gamepilot_mon.clock import iso
from gamepilot_mon.simulator.database import ROWS, GamePilotDatabase
from gamepilot_mon.simulator.players import players
from gamepilot_mon.simulator.tables import Busy
from gamepilot_mon.simulator.traffic import Traffic

START = 1_790_000_000_000
MINUTE = 60_000

COLUMNS = {
    "performance_metrics": {"id", "operation", "duration", "success", "timestamp", "userId", "metadata"},
    "error_logs": {
        "id", "operation", "error", "stackTrace", "timestamp", "userId", "metadata", "severity",
    },
    "mood_selections": {
        "id", "userId", "primaryMood", "secondaryMood", "intensity", "sessionId", "context", "outcomes",
        "createdAt",
    },
    "user_actions": {
        "id", "userId", "type", "gameId", "gameTitle", "moodContext", "sessionId", "metadata", "createdAt",
    },
    "recommendation_events": {
        "id", "userId", "moodContext", "recommendedGames", "clickedGameId", "successFlag", "sessionId",
        "metadata", "createdAt",
    },
    "learning_metrics": {"id", "userId", "metricType", "metricValue", "period", "metadata", "createdAt"},
    "users": {"id", "username", "email", "createdAt"},
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "gamepilot.db"


@pytest.fixture
def gamepilot(path):
    database = GamePilotDatabase.open(path)
    yield database
    database.close()


@pytest.fixture
def reader(path, gamepilot):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def spike():
    return list(Traffic(1, "error-spike", START).between(START, START + 5 * MINUTE))


def count(reader, table):
    return reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("table", COLUMNS)
def test_it_has_the_columns_of_gamepilot(reader, table):
    assert {row["name"] for row in reader.execute(f"PRAGMA table_info({table})")} == COLUMNS[table]


def test_it_keeps_a_journal_that_lets_others_read(reader):
    assert reader.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_it_writes_every_event_that_has_a_table_once(gamepilot, reader):
    events = spike()
    kinds = Counter(event["kind"] for event in events)
    written = gamepilot.append(events)
    assert written == sum(kinds[kind] for kind in ROWS)
    for kind, (table, _) in ROWS.items():
        assert count(reader, table) == kinds[kind] > 0


def test_it_writes_what_an_operation_says(gamepilot, reader):
    event = {
        "kind": "operation", "id": "1", "timestamp": iso(START + 7), "operation": "library_sync",
        "duration_ms": 640.5, "success": False, "user_id": "user-001", "metadata": {"reason": "502"},
    }  # fmt: skip
    gamepilot.append([event])
    row = dict(reader.execute("SELECT * FROM performance_metrics").fetchone())
    assert json.loads(row.pop("metadata")) == {"reason": "502"}
    assert row == {
        "id": 1, "operation": "library_sync", "duration": 640.5, "success": 0,
        "timestamp": "2026-09-21T14:13:20.007Z", "userId": "user-001",
    }  # fmt: skip


def test_it_writes_what_players_do(gamepilot, reader):
    gamepilot.append(spike())
    row = reader.execute("SELECT * FROM recommendation_events WHERE clickedGameId IS NOT NULL").fetchone()
    assert row["clickedGameId"] in json.loads(row["recommendedGames"])
    assert row["successFlag"] == 1
    assert row["sessionId"].startswith(row["userId"])
    action = reader.execute("SELECT * FROM user_actions WHERE type = 'session_complete'").fetchone()
    assert json.loads(action["metadata"])["minutes"] > 0
    assert action["gameTitle"]
    assert count(reader, "error_logs WHERE severity = 'critical' AND stackTrace IS NOT NULL") > 0


@pytest.mark.parametrize(
    ("table", "column"),
    [("performance_metrics", "timestamp"), ("error_logs", "timestamp"), ("user_actions", "createdAt"),
     ("mood_selections", "createdAt"), ("users", "createdAt")],
)  # fmt: skip
def test_it_writes_utc_times_with_milliseconds(gamepilot, reader, table, column):
    gamepilot.add_players(players(1), START)
    gamepilot.append(spike())
    shape = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z"
    assert count(reader, f"{table} WHERE {column} GLOB '{shape}'") == count(reader, table) > 0


def test_it_adds_the_players_once(path, gamepilot, reader):
    gamepilot.add_players(players(1), START)
    with closing(GamePilotDatabase.open(path)) as again:
        again.add_players(players(1), START + MINUTE)
    assert count(reader, "users") == len(players(1))


def test_it_goes_on_after_the_rows_that_are_there(path, gamepilot, reader):
    gamepilot.append(spike())
    before = count(reader, "performance_metrics")
    with closing(GamePilotDatabase.open(path)) as again:
        again.append(Traffic(1, "calm", START).between(START, START + MINUTE))
    assert count(reader, "performance_metrics") > before
    assert reader.execute("SELECT max(id) FROM performance_metrics").fetchone()[0] == count(
        reader, "performance_metrics"
    )


def test_it_writes_while_a_reader_holds_a_snapshot(gamepilot, reader):
    reader.execute("BEGIN")
    assert count(reader, "performance_metrics") == 0
    assert gamepilot.append(spike()) > 0
    assert count(reader, "performance_metrics") == 0
    reader.execute("COMMIT")
    assert count(reader, "performance_metrics") > 0


def test_it_writes_nothing_of_a_batch_while_another_writer_has_the_lock(path, gamepilot, reader):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="locked"):
            gamepilot.append(spike())
        other.execute("ROLLBACK")
    assert count(reader, "performance_metrics") == 0
    assert gamepilot.append(spike()) > 0
