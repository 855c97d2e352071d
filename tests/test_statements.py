import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon.statements import normalised

CASES = [
    ("SELECT * FROM users WHERE id = 42", "SELECT * FROM users WHERE id = ?"),
    ("select 1.5e3, -2, 0xFF,.5", "select ?, ?, ?,?"),
    ("SELECT 'it''s', E'a\\'b', N'x'", "SELECT ?, ?, ?"),
    ("SELECT a FROM t WHERE id IN (1, 2,3)", "SELECT a FROM t WHERE id IN (?)"),
    ("INSERT INTO t VALUES (1, 'a'), (2, 'b')", "INSERT INTO t VALUES (?)"),
    ("SELECT $1, :name, @p, %s, %(x)s", "SELECT ?, ?, ?, ?, ?"),
    ("SELECT /* hint 5 */ 1 -- trailing 7\n FROM t2 ;", "SELECT ? FROM t2"),
    ('SELECT "Col 1", `a 2`, t1.c3 FROM t', 'SELECT "Col 1", `a 2`, t1.c3 FROM t'),
    ("SELECT $$a 'b' 1$$, $x$ 2 $x$", "SELECT ?, ?"),
    ("SELECT 'open", "SELECT ?"),
    ("SELECT x\n\t WHERE  y =  -5", "SELECT x WHERE y = ?"),
    ("select * from games where id=42 and rate > -1.5e3", "select * from games where id=? and rate > ?"),
    ('SELECT a::int FROM t WHERE mail = "ann@example.org"', "SELECT a::int FROM t WHERE mail = ?"),
    ("''", "?"),
    (" ;", "?"),
]


@pytest.mark.parametrize(("statement", "expected"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_it_strips_what_changes_from_call_to_call(statement: str, expected: str) -> None:
    assert normalised(statement) == expected


PARTS = ["'", "''", "/*", "\\'", "(1,", "(1),", "-- ", "1", ":", '"', "`", "$$", "$a"]


@pytest.mark.parametrize("part", PARTS, ids=[str(n) for n in range(len(PARTS))])
def test_it_ends_whatever_is_meant_to_be_slow(part: str) -> None:
    assert len(normalised(part * 1_000_000)) <= 500


@given(st.text(max_size=300))
def test_it_takes_any_text_and_does_so_once(text: str) -> None:
    once = normalised(text)
    assert 1 <= len(once) <= 500


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.text("abc '", max_size=20))
def test_two_calls_of_one_query_are_one_statement(first: int, second: int, text: str) -> None:
    quoted = text.replace("'", "''")
    assert normalised(f"SELECT a FROM t WHERE b = {first} AND c = '{quoted}'") == normalised(
        f"SELECT a FROM t WHERE b = {second} AND c = 'z'"
    )
