"""Event rows: whatever their number and whatever is missing, they come out of the table as they went in."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamepilot_mon import db
from gamepilot_mon.models import Event
from gamepilot_mon.sources import event_rows, intake

Fields = tuple[Any, ...]

text = st.text(max_size=5)
rows = st.tuples(
    st.none(), st.sampled_from(("operation", "error", "metric")), st.integers(0, 2**53), st.integers(0, 2**53),
    st.none() | text, st.none() | st.floats(allow_nan=False, allow_infinity=False), st.none() | st.booleans(),
    st.none() | st.sampled_from(("error", "critical")), st.none() | text, st.none() | st.just('{"a":1}'),
)  # fmt: skip


def stored() -> list[Fields]:
    columns = ", ".join(event_rows.COLUMNS)
    cursor: Any = db.database.execute_sql(f"SELECT {columns} FROM event ORDER BY id")
    return [(*row[:6], None if row[6] is None else bool(row[6]), *row[7:]) for row in cursor.fetchall()]


def put(given_rows: list[Fields]) -> int:
    with db.write():
        Event.delete().execute()
        return intake.insert(given_rows)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=30), st.integers(0, 600))
def test_it_stores_every_row_as_it_is_and_in_order(store: Path, some: list[Fields], more: int) -> None:
    given_rows = some + [(None, "deploy", 1, 1, str(n), None, None, None, None, None) for n in range(more)]

    assert put(given_rows) == len(given_rows)

    assert stored() == given_rows


def test_it_tells_empty_text_from_nothing(store: Path) -> None:
    put([(None, "error", 1, 1, "", None, None, None, None, ""), (None, "error", 1, 1, *[None] * 6)])

    assert [(row[4], row[9]) for row in stored()] == [("", ""), (None, None)]


def test_it_leaves_a_key_that_is_there_as_it_was(store: Path) -> None:
    first = ("a", "deploy", 1, 1, "1", None, None, None, None, None)
    other = ("a", "deploy", 2, 2, "2", None, None, None, None, None)

    assert put([first, other, ("b", *other[1:])]) == 2

    assert [(row[0], row[4]) for row in stored()] == [("a", "1"), ("b", "2")]


def test_it_names_the_columns_of_the_rows_of_the_intake() -> None:
    assert intake.Row._fields == event_rows.COLUMNS
