"""Looking back: what a rule would have seen and told, from what is recorded."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gamepilot_mon import backtest, look_back, rhythm, rollups, rule_spec, runtime_config
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.look_back import LookBack
from gamepilot_mon.models import Tally
from gamepilot_mon.moods import rhythms
from gamepilot_mon.settings import Settings
from tests.recordings import record

NOW = 1_795_521_600_000  # 2026-11-24T12:00:00Z, a Tuesday
DEPTH = {"metric": "depth", "statistic": "max", "warning": 10, "critical": 100}
BERLIN = ZoneInfo("Europe/Berlin")


def depth(
    high: Iterable[int], value: float = 20, labels: dict[str, str] | None = None, hours: int = 24
) -> None:
    """A value each minute of the last hours; `high` are the minutes before NOW in which it is `value`."""
    spikes = set(high)
    minutes = range(1, hours * 60 + 1)
    buckets = {NOW - n * MINUTE_MS: [value if n in spikes else 1.0] for n in minutes}
    record("depth", buckets, labels)


def of(settings: Settings, days: int = 1, **members: Any) -> LookBack:
    spec = rule_spec.parse({**DEPTH, **members} if "kind" not in members else members)
    config = runtime_config.current(settings).config
    return look_back.of(spec.watch("depth"), config, NOW - days * DAY_MS, NOW)


def test_it_pages_where_the_value_was_too_high(settings: Settings, store: Path) -> None:
    depth([60, 61, 600])
    found = of(settings, window="1m")
    assert [(page.severity, NOW - page.at) for page in found.pages] == [
        ("warning", 599 * MINUTE_MS), ("warning", 60 * MINUTE_MS),
    ]  # fmt: skip
    assert [line.span_ms for line in found.lines] == [MINUTE_MS]
    assert max(value for _, value in found.lines[0].points) == 20
    assert [rung.severity for rung in found.rungs] == ["critical", "warning"]


def test_it_knows_which_pages_came_at_night(settings: Settings, store: Path) -> None:
    depth([60, 600, 601])  # ten hours before noon is two, or three in Berlin
    assert of(settings, window="1m").pages_at_night(BERLIN) == 1


def test_it_says_what_would_have_spared_pages(settings: Settings, store: Path) -> None:
    depth([*range(100, 700, 100), *range(800, 830)])
    found = of(settings, window="1m")
    assert found.remedy is not None
    assert (found.remedy.change.for_ms, found.remedy.removed, found.remedy.long_kept) == (MINUTE_MS, 6, 1)


def test_it_fills_the_window_with_what_came_before_the_span(settings: Settings, store: Path) -> None:
    depth([24 * 60 + 5], hours=26)
    assert len(of(settings, window="1h").pages) == 1


@pytest.mark.parametrize("days", [7, 30])
def test_it_reaches_back_by_five_minutes_where_minutes_are_not_kept(
    settings: Settings, store: Path, days: int
) -> None:
    starts = range(NOW - days * DAY_MS, NOW - 49 * HOUR_MS, rollups.FIVE)
    record("depth", {at: [1.0] for at in starts}, width=rollups.FIVE)
    record("depth", {NOW - 6 * DAY_MS: [200.0]}, width=rollups.FIVE)
    depth([10])
    found = of(settings, days)
    assert [page.severity for page in found.pages] == ["critical", "warning"]
    assert found.pages[0].at == NOW - 6 * DAY_MS + rollups.FIVE


def test_it_judges_each_target_by_itself(settings: Settings, store: Path) -> None:
    depth([100], labels={"queue": "mail"})
    depth([], labels={"queue": "video"})
    found = of(settings, by=["queue"], window="1m")
    assert {line.labels["queue"] for line in found.lines} == {"mail", "video"}
    assert (len(found.pages), found.targets, found.looked_at) == (1, 2, 2)


def test_it_judges_the_busiest_of_very_many(settings: Settings, store: Path) -> None:
    starts = range(NOW - DAY_MS, NOW, HOUR_MS)
    for number in range(80):
        values = [1.0] * (2 if number == 79 else 1)
        record("depth", dict.fromkeys(starts, values), {"queue": f"q{number}"})
    found = of(settings, by=["queue"])
    assert found.targets == 80
    assert 0 < found.looked_at < 80
    assert "q79" in {line.labels["queue"] for line in found.lines}


def test_it_holds_a_burn_rate_against_the_factors_of_its_windows(settings: Settings, store: Path) -> None:
    minutes = [NOW - n * MINUTE_MS for n in range(1, 180)]
    record("operation_duration_ms", {at: [50.0] * 20 for at in minutes})
    record("operation_failures", {at: [1.0] * 10 for at in minutes[30:60]})
    found = of(settings, kind="burn_rate", objective=0.99)
    assert "critical" in {page.severity for page in found.pages}
    assert max(rung.points[0][1] for rung in found.rungs) == 14.4


def test_a_rhythm_is_seen_as_it_is_judged_in_life(settings: Settings, store: Path) -> None:
    pulses = [
        {"what": "pulse", "start": NOW - week * 7 * DAY_MS - n * 5 * MINUTE_MS, "name": "mood_selection",
         "other": "", "count": 0 if not week and n < 6 else 10 + week, "total": 0.0}
        for week in range(4) for n in range(1, 150)
    ]  # fmt: skip
    for pulse in pulses:
        Tally.insert(**pulse).execute()
    spec = rule_spec.parse({"kind": "rhythm", "metric": "mood_selection", "weeks": 3, "warning": 2})
    watch = spec.watch("no-moods")
    assert watch.rhythm is not None
    for then in rhythms.past(watch.rhythm, NOW - HOUR_MS, NOW):
        seen = rhythms.seen(watch, then.at)
        assert rhythm.judged(watch.rule, watch.rhythm, then.count, then.usual) == seen
    found = of(settings, kind="rhythm", metric="mood_selection", weeks=3, warning=2)
    assert [page.severity for page in found.pages] == ["warning"]
    assert found.pages[0].at > NOW - 30 * MINUTE_MS
    config = runtime_config.current(settings).config
    assert found.pages == backtest.over(spec.watch("depth"), NOW - DAY_MS, NOW, config).pages
    assert len(found.rungs[0].points) > 100


def test_nothing_recorded_is_nothing_drawn(settings: Settings, store: Path) -> None:
    found = of(settings, metric="nothing-of-that-name")
    assert (found.lines, found.pages, found.remedy) == ([], [], None)
