"""What is folded against a model that looks at every event anew, and what the folder remembers."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamepilot_mon import db, rollups, sketch
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Cursor, Event, Rollup, Series
from gamepilot_mon.rollups.tiers import is_kept
from gamepilot_mon.sources import intake

NOW = 1_790_000_003_000
SLOW_MS = 1_000
OPERATIONS = st.fixed_dictionaries(
    {
        "kind": st.just("operation"),
        "name": st.sampled_from(["login", "search"]),
        "value": st.integers(0, 3_000).map(float),
        "ok": st.booleans(),
    }
)
ERRORS = st.fixed_dictionaries(
    {"kind": st.just("error"), "name": st.just("login"), "severity": st.sampled_from(["error", "critical"])}
)
METRICS = st.fixed_dictionaries(
    {"kind": st.just("metric"), "name": st.just("depth"), "value": st.integers(-50, 50).map(float),
     "data": st.sampled_from([None, '{"labels":{"queue":"mail"}}', '{"labels":{"queue":"sms"}}'])}
)  # fmt: skip
AGES = st.one_of(
    st.integers(0, 3 * MINUTE_MS), st.integers(0, 3 * HOUR_MS), st.integers(0, 3 * DAY_MS), st.integers(0, 500 * DAY_MS)
)  # fmt: skip
REPORTS = st.lists(
    st.tuples(OPERATIONS | ERRORS | METRICS, AGES, st.none() | st.integers(0, 5)), min_size=1, max_size=40
)


@pytest.fixture(scope="module", autouse=True)
def store_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    db.open_database(f"sqlite:///{tmp_path_factory.mktemp('folding')}/mon.db")
    db.database.execute_sql("PRAGMA synchronous = off")
    yield
    db.database.close()


@pytest.fixture(autouse=True)
def empty() -> None:
    clear()


def clear() -> None:
    with db.write():
        for table in (Event, Rollup, Series, Cursor):
            table.delete().execute()


def row(fields: dict[str, Any], at: int, key: int | None = None) -> intake.Row:
    values = {"ok": None, "severity": None, "user": None, "value": None, "data": None, **fields}
    return intake.Row(key=None if key is None else str(key), at=at, received_at=NOW, **values)


def by_hand(rows: list[intake.Row]) -> dict[tuple[str, str, int, int], list[float]]:
    found: dict[tuple[str, str, int, int], list[float]] = {}

    def add(metric: str, labels: str, value: float) -> None:
        for width in rollups.WIDTHS:
            if is_kept(width, one.at, NOW):
                found.setdefault((metric, labels, width, one.at - one.at % width), []).append(value)

    for one in rows:
        label = f'{{"operation":"{one.name}"}}'
        if one.kind == "metric":
            add("depth", (one.data or '{"labels":{}}')[10:-1], one.value or 0.0)
        for labels in ("{}", label):
            if one.kind == "operation":
                add("operation_duration_ms", labels, one.value or 0.0)
                if not one.ok:
                    add("operation_failures", labels, 1.0)
                if (one.value or 0.0) > SLOW_MS:
                    add("slow_operations", labels, one.value or 0.0)
            if one.kind == "error":
                add("errors", labels, 1.0)
        if one.severity == "critical":
            add("critical_errors", label, 1.0)
    return found


def folded() -> dict[tuple[str, str, int, int], tuple[Any, ...]]:
    names = {series.id: (series.metric, series.labels) for series in Series.select()}
    return {
        (*names[row.series_id], row.width, row.start): (row.count, row.sum, row.min, row.max, row.sketch)
        for row in Rollup.select()
    }


@given(REPORTS, st.integers(1, 20), st.booleans())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_counts_every_event_once_in_each_tier_that_keeps_its_time(
    reports: list[tuple[dict[str, Any], int, int | None]], batch: int, remembering: bool
) -> None:
    clear()
    rows = [row(fields, NOW - age, key) for fields, age, key in reports]
    folder = rollups.Folder(SLOW_MS)
    for start in range(0, len(rows), batch):
        with db.write():
            intake.insert(rows[start : start + batch])
        with db.write():
            (folder if remembering else rollups.Folder(SLOW_MS)).fold(NOW, limit=batch)
    while rollups.pending():
        with db.write():
            folder.fold(NOW)
    keys = [one.key for one in rows]
    once = [one for number, one in enumerate(rows) if one.key is None or one.key not in keys[:number]]
    expected = by_hand(once)
    found = folded()
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        count, total, low, high, blob = found[key]
        assert (count, total, low, high) == (len(values), sum(values), min(values), max(values))
        counts: sketch.Counts = {}
        for value in values:
            sketch.merge(counts, {sketch.bucket(value): 1})
        assert (sketch.decode(blob) if blob else {sketch.bucket(high): count}) == counts


def test_it_forgets_what_came_to_nothing() -> None:
    folder = rollups.Folder(SLOW_MS)
    operation = {"kind": "operation", "name": "login", "value": 5.0, "ok": True}
    with db.write():
        intake.insert([row(operation, NOW)])
    with pytest.raises(InterruptedError), db.write():
        assert folder.fold(NOW) == 1
        raise InterruptedError
    assert folded() == {}
    for _ in range(2):
        with db.write():
            folder.fold(NOW)
    assert rollups.window("operation_duration_ms", MINUTE_MS, NOW).count == 1


def test_it_does_not_trust_its_memory_when_somebody_else_folded() -> None:
    first, second = rollups.Folder(SLOW_MS), rollups.Folder(SLOW_MS)
    for folder in (first, second, first):
        with db.write():
            intake.insert([row({"kind": "operation", "name": "login", "value": 5.0, "ok": True}, NOW)])
            folder.fold(NOW)
    assert rollups.window("operation_duration_ms", MINUTE_MS, NOW).count == 3


@given(
    st.lists(st.integers(0, 3 * DAY_MS), min_size=1, max_size=30),
    st.sampled_from([MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, DAY_MS, 3 * DAY_MS]),
    st.integers(0, 2 * DAY_MS),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_reads_a_window_of_now_and_of_the_past(ages: list[int], span: int, ago: int) -> None:
    clear()
    with db.write():
        intake.insert(
            [
                row({"kind": "metric", "name": "depth", "value": float(n)}, NOW - age)
                for n, age in enumerate(ages)
            ]
        )
        rollups.fold(SLOW_MS, NOW)
    for at, parts in ((NOW, rollups.spans(span, NOW)), (NOW - ago, rollups.past_spans(span, NOW - ago, NOW))):
        since, until = parts[0][1], -(-parts[-1][2] // parts[-1][0]) * parts[-1][0]
        assert at - span - parts[0][0] < since <= at - span
        assert [part[2] for part in parts[:-1]] == [part[1] for part in parts[1:]]
        inside = [n for n, age in enumerate(ages) if since <= NOW - age < until]
        bucket = rollups.over("depth", parts)
        assert (bucket.count, bucket.sum) == (len(inside), sum(inside))
        number = {series.metric: series.id for series in Series.select()}["depth"]
        assert rollups.sums([number], parts).get(number, bucket).count == len(inside)
        last = rollups.newest([number], parts)
        newest = max((NOW - ages[n] for n in inside), default=None)
        assert (number in last) == (newest is not None)


def test_it_prunes_no_bucket_that_a_window_still_reads() -> None:
    ages = [*range(0, 3 * HOUR_MS, 9_000), *range(46 * HOUR_MS, 50 * HOUR_MS, 7_000)]
    with db.write():
        intake.insert([row({"kind": "metric", "name": "depth", "value": 1.0}, NOW - age) for age in ages])
        rollups.fold(SLOW_MS, NOW - HOUR_MS)
    spans = (MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 48 * HOUR_MS, 49 * HOUR_MS)
    before = [rollups.window("depth", span, NOW) for span in spans]
    with db.write():
        assert rollups.prune(NOW) > 0
    assert [rollups.window("depth", span, NOW) for span in spans] == before
