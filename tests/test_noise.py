from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gamepilot_mon import (
    backtest,
    db,
    measures,
    noise,
    noise_remedy,
    noise_report,
    rule_spec,
    runtime_config,
    stored_rules,
)
from gamepilot_mon.alert_history import Span
from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.models import Event
from gamepilot_mon.noise_remedy import Change, Trial, best, milder_by, words
from gamepilot_mon.rollups import fold
from gamepilot_mon.rules import Rule
from gamepilot_mon.settings import Settings
from tests.histories import NOW, past, told

UTC = ZoneInfo("UTC")
WEEK = Span(NOW - 7 * DAY_MS, NOW + 1)


def paged(started_at: int, lasted_ms: int | None, type_: str = "system_down", **changes: object) -> None:
    alert = past(started_at, lasted_ms, type=type_, **changes)
    told(alert, started_at)
    if lasted_ms is not None:
        told(alert, started_at + lasted_ms, change="resolved")


def test_it_counts_pages_nights_and_what_nobody_needed(store: Path) -> None:
    paged(NOW - 10 * HOUR_MS, MINUTE_MS)  # 02:00
    paged(NOW - 9 * HOUR_MS, HOUR_MS)  # 03:00
    paged(NOW - HOUR_MS, MINUTE_MS, acknowledged_at=NOW, acknowledged_by="ada")
    both = past(NOW - 2 * HOUR_MS, HOUR_MS, type="error_rate")
    told(both, NOW - 2 * HOUR_MS), told(both, NOW - 2 * HOUR_MS, "email")
    told(both, NOW - HOUR_MS, "email", state="dead")
    past(NOW - 8 * DAY_MS, type="old")
    past(NOW, type="drill", origin="custom")
    first, second = (one.document() for one in noise.by_rule(WEEK, UTC))
    assert first == {
        "type": "system_down", "pages": 3, "messages": 3, "pagesAtNight": 2, "alerts": 3,
        "endedAloneWithin5m": 1, "endedAloneWithin5mShare": 0.3333, "neverAcknowledged": 2,
        "neverAcknowledgedShare": 0.6667, "flaps": 0,
    }  # fmt: skip
    assert (second["type"], second["pages"], second["messages"]) == ("error_rate", 1, 2)
    tokyo = noise.by_rule(WEEK, ZoneInfo("Asia/Tokyo"))[0]
    assert tokyo.at_night == 0 and tokyo.pages == 3  # 11:00, 12:00 and 20:00 there


def test_it_counts_flaps(store: Path) -> None:
    for number in range(5):
        past(NOW - HOUR_MS + number * 2 * MINUTE_MS, fingerprint="restless")
    assert noise.by_rule(WEEK, UTC)[0].flaps == 1


def test_it_says_nothing_of_a_quiet_week(store: Path, settings: Settings) -> None:
    found = noise_report.report(settings, 7, UTC, NOW)
    assert (found["rules"], found["suggestion"]) == ([], None)


def test_a_wait_is_tried_on_the_alerts_of_a_rule_of_single_facts(store: Path, settings: Settings) -> None:
    for number in range(12):
        paged(NOW - (number + 1) * HOUR_MS, 2 * MINUTE_MS)
    for number in range(5):
        paged(NOW - (number + 20) * HOUR_MS, 20 * MINUTE_MS)
    found = noise_report.report(settings, 7, UTC, NOW)["suggestion"]
    assert found["text"] == (
        "system_down: for: 3m would have removed 12 of 17 pages and kept all 5 alerts of 15 minutes or longer"
        " (the alerts of the last 7d)"
    )
    assert found["best"] == {
        "change": {"forMs": 180_000}, "pages": 17, "removed": 12, "longAlerts": 5, "longAlertsKept": 5
    }  # fmt: skip
    assert [trial["removed"] for trial in found["tried"]] == [0, 12, 12, 12]


def test_a_rule_over_operations_is_replayed_minute_by_minute(store: Path, settings: Settings) -> None:
    """Four spikes of 3 % in one minute each, and one long incident of 30 %."""
    with db.write():
        for minute in range(180):
            failed = 3 if minute in (20, 50, 80, 110) else 30 if 140 <= minute < 170 else 0
            at = NOW - (180 - minute) * MINUTE_MS
            Event.insert_many(
                {
                    "kind": "operation",
                    "at": at,
                    "received_at": at,
                    "name": "search",
                    "value": 50,
                    "ok": n >= failed * 5,
                }
                for n in range(100)
            ).execute()
    with db.write():
        while fold(settings.slow_ms, NOW):
            pass
    config = runtime_config.current(settings).config
    spans = (settings.window_fast_ms, settings.window_slow_ms)
    watch = backtest.watch_of("error_rate", config, spans)
    found = noise_remedy.find(config, "error_rate", watch, WEEK, NOW)
    assert found.basis == "the minutes of the last 2d" and len(found.trials) == 7
    assert found.best is not None and found.best.harmless and found.best.removed > 0
    assert "would have removed" in noise_remedy.sentence(found, measures.rules(config)["error_rate"])


WAIT, MORE, STRONGER = (
    Change(for_ms=MINUTE_MS),
    Change(for_ms=3 * MINUTE_MS),
    Change(warning=0.03, critical=0.1),
)


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ([], None),
        ([Trial(WAIT, 10, 0, 0, 0)], None),
        ([Trial(WAIT, 10, 10, 2, 1)], None),  # it would hide a long alert
        ([Trial(WAIT, 10, 5, 0, 0), Trial(MORE, 10, 9, 0, 0)], WAIT),  # the smallest that is enough
        ([Trial(WAIT, 10, 1, 0, 0), Trial(MORE, 10, 4, 0, 0)], MORE),  # none is enough: the best of them
    ],
)
def test_it_suggests_the_smallest_change_that_hides_nothing(
    trials: list[Trial], expected: Change | None
) -> None:
    found = best(trials)
    assert (found and found.change) == expected


def test_milder_thresholds_lie_further_from_what_is_well() -> None:
    errors = Rule("error_rate", "x", "ratio", 0.02, 0.6)
    assert (milder_by(errors, 2).warning, milder_by(errors, 2).critical) == (0.04, 1.0)
    success = Rule("success_rate", "x", "ratio", 0.95, 0.9, operator="<")
    assert (milder_by(success, 2).warning, milder_by(success, 2).critical) == (0.9, 0.8)
    assert milder_by(Rule("critical_error", "x", "count", None, 0), 2).warning is None
    few = Rule("few_moods", "x", "times", 3, None, operator="<")
    assert milder_by(few, 2).warning == 6


def test_it_puts_a_change_into_words() -> None:
    assert words(WAIT, None) == "for: 1m"
    assert words(STRONGER, Rule("error_rate", "x", "ratio", 0.02, 0.05)) == "warning 3 % and critical 10 %"


def test_a_longer_wait_is_tried_on_a_rule_of_your_own(store: Path, settings: Settings) -> None:
    document = {
        "metric": "depth",
        "by": ["queue"],
        "statistic": "max",
        "warning": 100,
        "window": "1m",
        "for": "1m",
    }
    with db.write():
        stored_rules.put("depth", rule_spec.parse(document), "ada", 0)
        for minute in range(120):
            at = NOW - (120 - minute) * MINUTE_MS
            deep = minute % 20 < 3 or minute >= 100
            Event.create(
                kind="metric", name="depth", value=500 if deep else 1, data={"labels": {"queue": "mail"}}, at=at,
                received_at=at,
            )  # fmt: skip
        while fold(settings.slow_ms, NOW):
            pass
    paged(NOW - HOUR_MS, MINUTE_MS, "depth")
    found = noise_report.report(settings, 7, UTC, NOW)["suggestion"]
    assert found["text"].startswith("depth: for: 3m would have removed ")
    assert found["best"]["longAlertsKept"] == found["best"]["longAlerts"] == 1
    assert [trial["change"]["forMs"] for trial in found["tried"][:3]] == [180_000, 300_000, 600_000]
