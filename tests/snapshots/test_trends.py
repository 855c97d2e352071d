from pathlib import Path

from gamepilot_mon.snapshots import trends
from tests.snapshots.reports import MINUTE, NOW, operation, report


def test_it_has_a_point_a_minute_and_none_where_nothing_ran(store: Path) -> None:
    earlier = NOW - 10 * MINUTE
    report(operation("search", 100.0), operation("search", 300.0, ok=False))
    report(operation("search", 50.0, at=earlier))
    lines = trends.build(NOW)
    assert {len(points) for points in lines.values()} == {60}
    at = {minute: value for minute, value in lines["response_time"] if value is not None}
    assert at == {NOW - MINUTE - (NOW - MINUTE) % MINUTE: 200.0, earlier - earlier % MINUTE: 50.0}
    assert [value for _, value in lines["error_rate"] if value is not None] == [0.0, 0.5]
    assert [value for _, value in lines["operations"] if value is not None] == [1.0, 2.0]
