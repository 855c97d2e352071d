"""The grouped reading against the raw events, for random series, rules and moments."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamepilot_mon import db, rollups, windows
from gamepilot_mon.clock import HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Event, Rollup, Series
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.queries import Query, Watch
from gamepilot_mon.rules import Rule

NOW = 1_790_000_003_000
METRICS = st.sampled_from(["a", "b"])
LABELS = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["1", "2"]))
REPORTS = st.lists(
    st.tuples(METRICS, LABELS, st.integers(1, 100), st.integers(0, 2 * HOUR_MS)), min_size=1, max_size=25
)
QUERIES = st.builds(
    Query,
    st.tuples(METRICS),
    st.sampled_from(["mean", "sum", "count", "min", "max"]),
    matchers=st.lists(
        st.builds(Matcher, st.sampled_from(["x", "y"]), st.sampled_from(["=", "!=", "=~"]), st.sampled_from(["", "1"])),
        max_size=2,
    ).map(tuple),
    by=st.sampled_from([(), ("x",), ("x", "y")]),
)  # fmt: skip
SPANS = st.sampled_from([MINUTE_MS, 5 * MINUTE_MS, HOUR_MS])
STATISTICS = {
    "mean": lambda values: sum(values) / len(values),
    "sum": sum,
    "count": len,
    "min": min,
    "max": max,
}


@pytest.fixture(scope="module", autouse=True)
def store_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    db.open_database(f"sqlite:///{tmp_path_factory.mktemp('windows')}/mon.db")
    db.database.execute_sql("PRAGMA synchronous = off")
    yield
    db.database.close()


@given(REPORTS, st.lists(st.tuples(QUERIES, SPANS), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_reads_for_all_what_each_would_have_counted_itself(
    reports: list[tuple[str, dict[str, str], int, int]], asked: list[tuple[Query, int]]
) -> None:
    with db.write():
        for table in (Event, Rollup, Series):
            table.delete().execute()
        for metric, labels, value, ago in reports:
            data, at = {"labels": labels}, NOW - ago
            Event.create(kind="metric", name=metric, value=value, data=data, at=at, received_at=at)
    with db.write():
        rollups.fold(1000, NOW)
    watches = [Watch(Rule("r", "r", "count", 1, None), query, (span,)) for query, span in asked]
    seen = list(windows.seen(watches, NOW))
    for watch in watches:
        found = {tuple(one.target.values()): one.windows[0].value for one in seen if one.watch is watch}
        assert found == pytest.approx(by_hand(reports, watch.query, watch.spans[0]))


def by_hand(
    reports: list[tuple[str, dict[str, str], int, int]], query: Query, span: int
) -> dict[tuple[str, ...], float | None]:
    start = NOW - span - (NOW - span) % 10_000
    values: dict[tuple[str, ...], list[int]] = {}
    for metric, labels, value, ago in reports:
        counts = metric == query.metrics[0] and NOW - ago >= start
        if counts and all(matcher.matches(labels) for matcher in query.matchers):
            values.setdefault(tuple(labels.get(name, "") for name in query.by), []).append(value)
    if not query.by and not values:
        return {(): None}
    return {target: STATISTICS[query.statistic](found) for target, found in values.items()}


def test_it_reads_some_thousand_series_in_a_few_queries() -> None:
    with db.write():
        Series.insert_many(
            [("many", f'{{"x":"{n}"}}') for n in range(2_000)], (Series.metric, Series.labels)
        ).execute()
    queries = [Query(("many",), "max", matchers=(Matcher("x", "=", str(n)),)) for n in range(2_000)]
    watches = [
        Watch(Rule(f"r{n}", "r", "count", 1, None), query, (60_000,)) for n, query in enumerate(queries)
    ]
    asked: list[str] = []
    db.database.execute_sql("SELECT 1")
    connection = db.database.connection()
    connection.set_trace_callback(asked.append)
    try:
        assert len(list(windows.seen(watches, NOW))) == 2_000
    finally:
        connection.set_trace_callback(None)
    assert len(asked) <= 4
