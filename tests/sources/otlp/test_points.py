import math
from pathlib import Path
from typing import Any

import pytest

from gamepilot_mon import db
from gamepilot_mon.models import Counter, Event
from gamepilot_mon.sources.kinds import Metric
from gamepilot_mon.sources.otlp import counters
from gamepilot_mon.sources.otlp.points import taken
from tests.sources.otlp.made import AT_NS, point

S = 10**9
NOW = AT_NS // 1_000_000


def keep(*points: Any, now: int = NOW) -> list[float]:
    """The values of all samples after these points."""
    found, totals = taken(points)
    assert found.events == []
    with db.write():
        counters.keep([], totals, now)
    return [event.value for event in Event.select().order_by(Event.id)]


def total(value: float, after_s: int, start_ns: int = AT_NS - S, **changed: Any) -> Any:
    return point(value, "cumulative", at_ns=AT_NS + after_s * S, start_ns=start_ns, **changed)


@pytest.mark.parametrize("temporality", [None, "delta"])
def test_it_takes_readings_and_differences_as_they_are(temporality: str | None) -> None:
    found, totals = taken([point(3.5, temporality, attributes={"mood": "social", "ok": True})])

    [event] = found.events
    assert isinstance(event, Metric)
    assert (event.name, event.value, totals) == ("jobs", 3.5, [])
    assert event.labels == {"service": "shop", "mood": "social", "ok": "true"}
    assert (
        taken([point(3.5, temporality)])[0].events[0].id == taken([point(3.5, temporality)])[0].events[0].id
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e305])
def test_it_rejects_what_is_no_number(value: float) -> None:
    found, _ = taken([point(value), point(1)])
    assert (found.rejected, len(found.events)) == (1, 1)


def test_it_passes_over_a_point_without_a_value() -> None:
    assert taken([point(None)])[0].passed_over == {"point.none": 1}


def test_it_samples_what_a_total_counts_beyond_the_last(store: Path) -> None:
    assert keep(total(10, 0)) == [10]
    assert keep(total(14, 60)) == [10, 4]
    assert keep(total(14, 120)) == [10, 4, 0]


def test_it_counts_a_total_sent_again_once(store: Path) -> None:
    keep(total(10, 0))
    assert keep(total(10, 0), total(14, 60), total(14, 60)) == [10, 4]
    assert keep(total(10, 0)) == [10, 4]


def test_it_begins_from_nothing_when_the_app_restarts(store: Path) -> None:
    keep(total(10, 0))
    assert keep(total(3, 60, start_ns=AT_NS + 30 * S)) == [10, 3]
    assert keep(total(2, 120, start_ns=0)) == [10, 3, 2]


def test_it_only_remembers_a_total_that_is_old_when_first_seen(store: Path) -> None:
    assert keep(total(1_000_000, 0, start_ns=AT_NS - 3_600 * S)) == []
    assert keep(total(1_000_005, 60, start_ns=AT_NS - 3_600 * S)) == [5]
    assert keep(total(7, 0, start_ns=0, name="unsaid")) == [5]


def test_it_keeps_series_apart(store: Path) -> None:
    both = [total(1, 0, attributes={"mood": mood}) for mood in ("social", "creative")]
    assert keep(*both) == [1, 1]
    assert Counter.select().count() == 2


def test_it_forgets_series_that_ended(store: Path) -> None:
    keep(total(1, 0))
    keep(total(1, 0, name="other"), now=NOW + counters.FORGOTTEN_MS + 1)
    assert Counter.select().count() == 1


def test_it_settles_thousands_in_one_go(store: Path) -> None:
    assert len(keep(*(total(n, 0, attributes={"n": n}) for n in range(1_000)))) == 1_000
    assert (
        sum(keep(*(total(n + 1, 60, attributes={"n": n}) for n in range(1_000)))) == sum(range(1_000)) + 1_000
    )
