import time

import pytest

from gamepilot_mon.sources.statements import STATEMENT_MAX, normalised


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ("SELECT 1", "SELECT ?"),
        ("select * from games where id=42 and rate > -1.5e3", "select * from games where id=? and rate > ?"),
        ("select 'it''s', 'a \\' b', t.c1 from t1", "select ?, ?, t.c1 from t1"),
        ("SELECT *\n  FROM t  -- why\n WHERE /* who */ a = 1", "SELECT * FROM t WHERE a = ?"),
        ("... WHERE id IN (1, 2, 3)", "... WHERE id IN (…)"),
        ("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (…)"),
        ("WHERE a = $1 AND b = :name AND c = %s AND d = @p", "WHERE a = ? AND b = ? AND c = ? AND d = ?"),
        ('SELECT "Column 1", `col2` FROM t', 'SELECT "Column 1", `col2` FROM t'),
        ('SELECT a::int FROM t WHERE mail = "ann@example.org"', "SELECT a::int FROM t WHERE mail = ?"),
        ("SELECT 'cut off in the mid", "SELECT ?"),
    ],
    ids=range(10),
)  # fmt: skip
def test_it_keeps_the_shape_and_no_value(statement: str, shape: str) -> None:
    assert normalised(statement) == shape


def test_it_bounds_the_shape() -> None:
    assert len(normalised("SELECT " + "column_name, " * 10_000)) == STATEMENT_MAX


@pytest.mark.parametrize("part", ["'", "''", "/*", "\\'", "(1,", "(1),", "-- ", "1", ":", '"', "`"])
def test_it_takes_no_longer_for_what_is_meant_to_be_slow(part: str) -> None:
    began = time.monotonic()
    normalised(part * 1_000_000)
    assert time.monotonic() - began < 10
