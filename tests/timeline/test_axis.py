from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.rollups import FINE, FIVE, HOUR, MINUTE
from gamepilot_mon.timeline import axis
from gamepilot_mon.timeline.axis import POINTS_SHOWN, STEPS, Refused

NOW = 1_790_000_003_000
UTC = ZoneInfo("UTC")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"]).map(
    ZoneInfo
)


@given(st.integers(0, 399 * DAY_MS), st.integers(1, 400 * DAY_MS), st.none() | st.sampled_from(STEPS), ZONES)
def test_its_steps_hold_the_span_and_no_whole_step_more(
    ago: int, span: int, step: int | None, zone: ZoneInfo
) -> None:
    since, until = NOW - ago - span % (400 * DAY_MS - ago), NOW - ago
    if since == until:
        return
    try:
        made = axis.make(since, until, NOW, zone, step_ms=step)
    except Refused as refused:
        assert step is not None and refused.pointer == "/step"
        return
    assert made.edges[0] <= since < made.edges[1] and made.edges[-2] < until <= made.edges[-1]
    assert all(before < after for before, after in pairwise(made.edges))
    assert step is not None or len(made.starts) <= POINTS_SHOWN + 2
    if made.step_ms >= DAY_MS:
        assert {datetime.fromtimestamp(edge / 1000, zone).hour for edge in made.edges} <= {0, 1}


@pytest.mark.parametrize(
    ("span", "step", "width"),
    [(HOUR_MS, FINE, FINE), (DAY_MS, 5 * MINUTE_MS, FIVE), (7 * DAY_MS, 30 * MINUTE_MS, FIVE),
     (30 * DAY_MS, 3 * HOUR_MS, HOUR), (365 * DAY_MS, DAY_MS, HOUR)],
    ids=["hour", "day", "week", "month", "year"],
)  # fmt: skip
def test_it_chooses_a_step_and_a_tier(span: int, step: int, width: int) -> None:
    made = axis.make(NOW - span, NOW, NOW, UTC)
    assert (made.step_ms, made.width) == (step, width)


def test_a_day_on_which_the_clocks_change_is_one_step() -> None:
    zone = ZoneInfo("Europe/Berlin")
    day = round(datetime(2026, 3, 29, tzinfo=zone).timestamp() * 1000)
    made = axis.make(day, day + 20 * HOUR_MS, NOW, zone, step_ms=DAY_MS)
    assert made.edges == (day, day + 23 * HOUR_MS)


def test_the_hours_of_a_zone_are_its_own() -> None:
    made = axis.make(NOW - DAY_MS, NOW, NOW, ZoneInfo("Asia/Kolkata"), step_ms=HOUR_MS)
    assert made.edges[0] % HOUR_MS == 30 * MINUTE_MS and made.width == FIVE


def test_yesterday_is_at_the_same_time_of_day() -> None:
    zone = ZoneInfo("Europe/Berlin")
    noon = round(datetime(2026, 3, 29, 12, tzinfo=zone).timestamp() * 1000)
    made = axis.make(noon, noon + HOUR_MS, noon + HOUR_MS, zone, step_ms=HOUR_MS)
    assert axis.shifted(made, 1, noon + HOUR_MS, zone).edges[0] == noon - 23 * HOUR_MS


@pytest.mark.parametrize(
    ("span", "step"), [(DAY_MS, FINE), (DAY_MS, 7 * MINUTE_MS), (DAY_MS, 5_000), (60 * DAY_MS, MINUTE)]
)
def test_it_refuses_a_step_that_is_not_kept_or_uneven(span: int, step: int) -> None:
    with pytest.raises(Refused) as refused:
        axis.make(NOW - span, NOW, NOW, UTC, step_ms=step)
    assert refused.value.pointer == "/step"


def test_it_makes_at_most_two_thousand_points() -> None:
    with pytest.raises(Refused, match="2,000 points"):
        axis.make(NOW - 20 * DAY_MS, NOW, NOW, UTC, step_ms=5 * MINUTE_MS)
