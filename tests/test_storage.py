from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.jobs import Context
from daemon.jobs.prune import Prune
from gamepilot_mon import db, rollups, storage
from gamepilot_mon.cli.rollups import rollups_group
from gamepilot_mon.clock import DAY_MS, HOUR_MS, iso, utcnow
from gamepilot_mon.models import Event
from gamepilot_mon.settings import Settings

NOW = utcnow()


def receive(count: int) -> None:
    with db.write():
        Event.insert_many(
            {"kind": "operation", "name": "login", "value": 5.0, "ok": True, "at": NOW, "received_at": NOW}
            for _ in range(count)
        ).execute()
        rollups.fold(1_000, NOW)


def pages() -> int:
    return int(db.database.execute_sql("PRAGMA page_count").fetchone()[0])  # type: ignore[attr-defined]


def test_it_measures_tables_and_tiers(store: Path) -> None:
    receive(100)
    tables = storage.measure(NOW)["tables"]
    assert tables["event"][0] == 100
    assert {name for name in tables if name.startswith("rollup ")} == {
        "rollup 10s", "rollup 1m", "rollup 5m", "rollup 1h"
    }  # fmt: skip
    assert sum(size for _, size in tables.values()) == pytest.approx(pages() * 4_096, rel=0.01)


def test_it_foretells_when_the_disk_is_full(store: Path) -> None:
    receive(100)
    with db.write():
        storage.keep(storage.measure(NOW - 2 * DAY_MS))
    receive(900)
    found = storage.report(store, NOW, storage.measure(NOW))
    events = next(table for table in found["tables"] if table["name"] == "event")
    assert events["rows"] == 1_000 and events["growth"]["rowsPerDay"] == 450
    assert found["growthBytesPerDay"] > 0 and found["fullAt"] is None  # in more than a hundred years
    assert storage.full_at(free=1_000, growth=100, now=NOW) == iso(NOW + 10 * DAY_MS)


def test_it_knows_no_growth_from_one_measurement(store: Path) -> None:
    with db.write():
        storage.keep(storage.measure(NOW))
    found = storage.report(store, NOW)
    assert found["measuredAt"] and found["growthBytesPerDay"] is None and found["fullAt"] is None
    assert not storage.is_due(NOW + HOUR_MS) and storage.is_due(NOW + 7 * HOUR_MS)


def test_the_daemon_measures_now_and_then(store: Path, settings: Settings) -> None:
    Prune(Context(settings, lambda: False, lambda _name: None)).run(NOW)
    assert storage.report(store, NOW)["measuredAt"] is not None


def test_the_commands_show_and_rebuild(store: Path, settings: Settings) -> None:
    receive(10)
    environ = {"GAMEPILOT_MON_DATABASE_URL": settings.database_url}
    shown = CliRunner().invoke(rollups_group, ["status"], env=environ)
    assert shown.exit_code == 0 and "rollup 10s" in shown.output
    rebuilt = CliRunner().invoke(rollups_group, ["rebuild", "--since", "3h"], env=environ)
    assert rebuilt.exit_code == 0 and rebuilt.output.endswith("done\n")
    assert CliRunner().invoke(rollups_group, ["rebuild", "--since", "soon"], env=environ).exit_code == 2
