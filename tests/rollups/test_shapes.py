"""Statements beyond the allowance count together, and what is counted is complete."""

from collections.abc import Sequence

import pytest

from gamepilot_mon import db, rollups
from gamepilot_mon.models import Event, SourceExcess, SourceSeries
from gamepilot_mon.rollups.shapes import SOURCE, Shapes
from gamepilot_mon.snapshots import operations
from gamepilot_mon.sources.allowance import FORGOTTEN_MS, LIMIT, series_of
from gamepilot_mon.sources.intake import Row

NOW = 1_790_000_003_000

pytestmark = pytest.mark.usefixtures("store")


def ran(statements: Sequence[str], took_ms: float = 5.0) -> None:
    with db.write():
        for statement in statements:
            Event.create(kind="query", at=NOW - 60_000, received_at=NOW, name=statement, value=took_ms)


def folded(folder: rollups.Folder) -> None:
    with db.write():
        folder.fold(NOW, limit=10_000)


def test_it_counts_what_is_new_beyond_the_allowance_as_other() -> None:
    folder = rollups.Folder(1_000)
    ran([f"SELECT a FROM t{number}" for number in range(LIMIT + 20)], took_ms=2_000.0)
    folded(folder)
    ran(["SELECT a FROM t3", "SELECT a FROM t_new", "SELECT b FROM t3 WHERE c = 1"])
    folded(folder)

    found = {row["statement"]: row for row in operations.statements(NOW, 24, limit=2_000)}
    assert len(found) == LIMIT + 1 and sum(row["count"] for row in found.values()) == LIMIT + 23
    assert found["other"]["count"] == 22 and found["other"]["slow"] == 20
    assert found["SELECT a FROM t3"]["count"] == 2
    excess = SourceExcess.get()
    assert (excess.source, excess.count) == (SOURCE, 22)


def test_it_knows_in_a_later_life_which_statements_have_room() -> None:
    ran([f"SELECT a FROM t{number}" for number in range(LIMIT)])
    folded(rollups.Folder(1_000))
    ran(["SELECT a FROM t7", "SELECT a FROM t_late"])
    folded(rollups.Folder(1_000))
    found = {row["statement"]: row["count"] for row in operations.statements(NOW, 24, limit=2_000)}
    assert found["SELECT a FROM t7"] == 2 and found["other"] == 1 and "SELECT a FROM t_late" not in found


def test_it_gives_the_room_of_a_statement_that_is_not_run_any_more() -> None:
    shapes = Shapes(limit=2)
    with db.write():
        assert [shapes.of(f"SELECT {name}", 1, NOW) for name in "abc"] == ["SELECT a", "SELECT b", "other"]
        later = NOW + FORGOTTEN_MS
        assert shapes.of("SELECT c", 1, later) == "SELECT c"
        shapes.keep(later)
    assert set(SourceSeries.of(SOURCE)) == {"SELECT a", "SELECT b", "SELECT c"}


def test_it_takes_statements_that_differ_by_literals_for_one() -> None:
    shapes = Shapes(limit=1)
    with db.write():
        found = {shapes.of(f"SELECT a FROM t WHERE b = {number}", 1, NOW) for number in range(50)}
    assert found == {"SELECT a FROM t WHERE b = ?"}
    rows = [
        Row(None, "query", NOW, NOW, f"SELECT {number}", 1.0, None, None, None, None) for number in (1, 2)
    ]
    assert {series_of(row) for row in rows} == {"SELECT ?"}
