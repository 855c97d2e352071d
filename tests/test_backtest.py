from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon import db, evaluation, rollups
from gamepilot_mon.backtest import Page, Result, replay
from gamepilot_mon.bucket import Bucket
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.minutes import Minute, Sliding, recorded
from gamepilot_mon.models import Event, Notification
from gamepilot_mon.queries import OPERATIONS, Query, Watch
from gamepilot_mon.rules import Rule
from gamepilot_mon.settings import Settings

NOW = 1_790_000_040_000 - 1_790_000_040_000 % MINUTE_MS
SPANS = (5 * MINUTE_MS, DAY_MS)
QUERY = Query(("operation_failures", "errors"), "ratio", OPERATIONS)
errors = Rule("error_rate", "High error rate", "ratio", 0.02, 0.05, min_samples=10)


def minute(at: int, operations: int, failures: int) -> Minute:
    found = {
        OPERATIONS: Bucket(operations, operations * 100.0),
        "operation_failures": Bucket(failures, failures),
    }
    return Minute(at, {metric: bucket for metric, bucket in found.items() if bucket.count})


def day(*bad: range, ratio: float = 0.2) -> list[Minute]:
    """Ten hours of 1,000 operations a minute; in the minutes of `bad` some fail."""
    failing = {number for span in bad for number in span}
    return [minute(NOW + n * MINUTE_MS, 1000, int(1000 * ratio) if n in failing else 0) for n in range(600)]


def run(
    minutes: list[Minute], rule: Rule = errors, *, for_ms: int = 0, spans: tuple[int, ...] = SPANS[:1]
) -> Result:
    watch = Watch(replace(rule, for_ms=for_ms), QUERY, spans)
    return replay(watch, {(): minutes}, cooldown_ms=5 * MINUTE_MS, repeat_ms=4 * HOUR_MS)


def test_it_pages_for_nothing_on_a_quiet_day() -> None:
    result = run(day())
    assert (result.pages, result.alerts, result.firing_ms) == ([], 0, 0)


def test_it_pages_once_for_each_spike() -> None:
    result = run(day(range(100, 110), range(300, 310)))
    assert [page.change for page in result.pages if page.change == "firing"] == ["firing"] * 2
    assert result.alerts == result.resolutions == 2
    assert 10 * MINUTE_MS <= result.longest_ms <= 16 * MINUTE_MS


def test_a_second_spike_inside_the_cooldown_costs_no_second_page() -> None:
    first = run(day(range(100, 101)))
    both = run(day(range(100, 101), range(107, 108)))
    assert both.alerts == 2 and len(both.pages) <= len(first.pages) + 1


def test_a_longer_for_removes_the_short_spikes() -> None:
    minutes = day(range(100, 101), range(300, 320))
    assert run(minutes).alerts == 2
    assert run(minutes, for_ms=8 * MINUTE_MS).alerts == 1


def test_a_higher_threshold_removes_the_weak_ones() -> None:
    minutes = day(range(100, 110), ratio=0.03)
    assert run(minutes).alerts == 1
    assert run(minutes, Rule("error_rate", "x", "ratio", 0.04, 0.05, min_samples=10)).alerts == 0


def test_it_knows_the_night_of_a_zone() -> None:
    noon_utc = 1_789_992_000_000 - 1_789_992_000_000 % DAY_MS + 12 * HOUR_MS
    page = Page(noon_utc, "firing", "critical", "")
    assert not page.at_night(ZoneInfo("UTC"))
    assert page.at_night(ZoneInfo("Asia/Tokyo")) is False
    assert page.at_night(ZoneInfo("Pacific/Auckland")) is True


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=60), st.integers(1, 20))
def test_it_slides_to_the_same_sums_as_adding_up_anew(raw: list[tuple[int, int]], span: int) -> None:
    minutes = [minute(n * MINUTE_MS, ops, bad) for n, (ops, bad) in enumerate(raw)]
    sliding = Sliding(minutes, span * MINUTE_MS, QUERY)
    for now in range(0, (len(minutes) + 5) * MINUTE_MS, MINUTE_MS):
        inside = [
            part for part, one in zip(raw, minutes, strict=True) if now - span * MINUTE_MS <= one.at < now
        ]
        window = sliding.window(now)
        operations = sum(ops for ops, _ in inside)
        assert window.samples == operations
        assert window.value == (sum(bad for _, bad in inside) / operations if operations else None)


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=40), st.integers(1, 12),
    st.sampled_from(["min", "max", "last"]),
)  # fmt: skip
def test_it_slides_to_the_same_extremes_as_looking_anew(
    raw: list[list[int]], span: int, statistic: str
) -> None:
    minutes = [
        Minute(n * MINUTE_MS, {"depth": Bucket.of(values)} if values else {}) for n, values in enumerate(raw)
    ]
    sliding = Sliding(minutes, span * MINUTE_MS, Query(("depth",), statistic))
    for now in range(0, (len(minutes) + span + 1) * MINUTE_MS, MINUTE_MS):
        inside = [
            one.found["depth"] for one in minutes if now - span * MINUTE_MS <= one.at < now and one.found
        ]
        expected = {
            "min": min((bucket.min for bucket in inside), default=None),
            "max": max((bucket.max for bucket in inside), default=None),
            "last": inside[-1].mean if inside else None,
        }
        assert sliding.window(now).value == expected[statistic]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "GAMEPILOT_MON_DATABASE_URL": f"sqlite:///{tmp_path}/mon.db",
            "SLACK_ENABLED": "true",
            "SLACK_WEBHOOK_URL": "http://127.0.0.1:9/hook",
        },
        dotenv=None,
    )


def test_it_says_of_the_past_what_was_paged_in_it(store: Path, settings: Settings) -> None:
    for minute in range(40):
        at = NOW + minute * MINUTE_MS
        failed = 8 if 10 <= minute < 14 else 0
        with db.write():
            for number in range(40):
                Event.create(
                    kind="operation", name="search", value=50, ok=number >= failed, at=at, received_at=at
                )
        with db.write():
            rollups.fold(settings.slow_ms, at)
        evaluation.evaluate(settings, at + MINUTE_MS)
    lived = [
        row.change
        for row in Notification.select().order_by(Notification.id)
        if row.body["type"] == "error_rate"
    ]
    watch = Watch(errors, QUERY, (settings.window_fast_ms, settings.window_slow_ms))
    past = recorded(watch, NOW, NOW + HOUR_MS)
    result = replay(watch, past, cooldown_ms=5 * MINUTE_MS, repeat_ms=4 * HOUR_MS)
    assert [page.change for page in result.pages] == [change for change in lived if change != "resolved"]
