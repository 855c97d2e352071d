import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from gamepilot_mon import backtest, db, rule_spec, runtime_config, stored_rules, why_not
from gamepilot_mon.cli.rules import rules_group
from gamepilot_mon.evaluation import evaluate
from gamepilot_mon.models import Alert, Tally
from gamepilot_mon.moods import rhythms
from gamepilot_mon.rules import Outcome
from gamepilot_mon.rules import evaluate as judge
from gamepilot_mon.settings import Settings

from .reports_of import DAY, MINUTE, NOW, mood, report

WEEK = 7 * DAY


def busy(weeks: int, each: int = 36) -> None:
    """So many selections in the twenty minutes of each of the past weeks."""
    for week in range(1, weeks + 1):
        end = NOW - week * WEEK
        report(*(mood("calm", end - 1 - n * 20 * MINUTE // each, user=f"u{n}") for n in range(each)))


def store_rule(**members: Any) -> rule_spec.Spec:
    spec = rule_spec.parse({"kind": "rhythm", "metric": "mood_selection", **members})
    with db.write():
        stored_rules.put("no-moods", spec, "ann", NOW - DAY)
    return spec


def outcome(spec: rule_spec.Spec) -> Outcome:
    rule, window = rhythms.seen(spec.watch("no-moods"), NOW)
    return judge(rule, [window]).outcome


@pytest.mark.parametrize(
    ("weeks", "found"),
    [(0, Outcome.NO_DATA), (1, Outcome.NO_DATA), (2, Outcome.BREACHED), (4, Outcome.BREACHED)],
)
def test_it_needs_two_past_weeks(store: Path, weeks: int, found: Outcome) -> None:
    busy(weeks)
    assert outcome(store_rule()) is found


def test_it_is_content_with_what_is_usual(store: Path) -> None:
    busy(3)
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    assert outcome(store_rule()) is Outcome.HEALTHY
    assert outcome(store_rule(direction="high")) is Outcome.HEALTHY


def test_it_sees_too_many(store: Path) -> None:
    busy(3, each=4)
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    assert outcome(store_rule(direction="high")) is Outcome.BREACHED


def test_it_leaves_out_a_week_that_was_not_recorded(store: Path) -> None:
    busy(4)
    Tally.delete().where(Tally.start.between(NOW - 2 * WEEK - DAY, NOW - 2 * WEEK + DAY)).execute()
    _, window = rhythms.seen(store_rule().watch("no-moods"), NOW)
    assert (window.samples, window.value) == (3, 0.0)
    assert window.note == "expected 36 ± 6, by 3 past weeks"


def test_it_takes_a_silence_within_a_recorded_day_for_a_fact(store: Path) -> None:
    for week in range(1, 5):
        report(mood("calm", NOW - week * WEEK - 3 * 60 * MINUTE))
    _, window = rhythms.seen(store_rule().watch("no-moods"), NOW)
    assert (window.samples, window.note) == (4, "expected 0 ± 1, by 4 past weeks")


def test_it_fires_and_ends_an_alert(settings: Settings, store: Path) -> None:
    busy(4)
    store_rule(description="Selections", labels={"team": "moods"})
    evaluate(settings, NOW)
    [alert] = Alert.select()
    assert (alert.type, alert.status, alert.severity) == ("no-moods", "firing", "warning")
    assert alert.labels == {"team": "moods"}
    assert alert.message == (
        "Selections: 0 in the last 20m, below the warning threshold of 18 (expected 36 ± 6, by 4 past weeks)"
    )
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    evaluate(settings, NOW + 1)
    assert Alert.get().status == "resolved"


def test_it_tells_why_it_did_not_fire_then(settings: Settings, store: Path) -> None:
    busy(3)
    report(*(mood("calm", NOW - 1 - n * 30_000) for n in range(30)))
    store_rule(description="Selections")
    found = str(why_not.explain(settings, "no-moods", NOW, NOW + 1))
    assert "expected 36 ± 6, by 3 past weeks" in found


@pytest.mark.parametrize(
    ("member", "pointer"),
    [
        ({"window": "7m"}, "/window"), ({"window": "2d"}, "/window"), ({"metric": "errors"}, "/metric"),
        ({"zone": "Nowhere"}, "/zone"), ({"weeks": 1}, "/weeks"), ({"minSamples": 5}, "/minSamples"),
        ({"by": ["x"]}, "/by"), ({"matchers": ["a=b"]}, "/matchers"), ({"warning": None}, "/critical"),
        ({"critical": 2}, "/critical"), ({"warning": -1}, "/warning"),
    ],
    ids=str,
)  # fmt: skip
def test_it_refuses_what_means_nothing(member: dict[str, Any], pointer: str) -> None:
    with pytest.raises(rule_spec.Refused) as refused:
        rule_spec.parse({"kind": "rhythm", "metric": "mood_selection", **member})
    assert [place for place, _ in refused.value.errors] == [pointer]


def test_it_reads_back_what_it_wrote() -> None:
    spec = rule_spec.parse({"kind": "rhythm", "metric": "user_action", "weeks": 3, "critical": 5})
    assert rule_spec.parse(rule_spec.document(spec)) == spec


@given(
    st.lists(st.tuples(st.integers(0, 5 * WEEK), st.integers(1, 30)), max_size=40), st.sampled_from(["20m", "2h"]),
    st.sampled_from(["UTC", "Europe/Berlin"]), st.sampled_from(["low", "high"]),
)  # fmt: skip
@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
def test_it_saw_all_along_what_it_saw_at_each_moment(
    store: Path, counted: list[tuple[int, int]], window: str, zone: str, direction: str
) -> None:
    with db.write():
        Tally.delete().execute()
        for ago, count in counted:
            at = NOW - ago - (NOW - ago) % (5 * MINUTE)
            Tally.insert(
                what="pulse", start=at, name="mood_selection", other="", count=count, total=0
            ).on_conflict_replace().execute()
    spec = rule_spec.parse(
        {"kind": "rhythm", "metric": "mood_selection", "window": window, "zone": zone, "direction": direction}
    )
    watch = spec.watch("no-moods")
    assert watch.rhythm is not None
    past = rhythms.past(watch.rhythm, NOW - 90 * MINUTE, NOW)
    found = rhythms.verdicts(watch.rule, watch.rhythm, past)
    assert len(found) in (0, 91) or counted
    for at, verdict in found:
        rule, seen = rhythms.seen(watch, at)
        assert verdict == judge(rule, [seen])


def test_a_backtest_of_it_pages_as_it_did_in_life(settings: Settings, store: Path) -> None:
    for week in range(1, 4):
        report(*(mood("calm", NOW - week * WEEK + n * MINUTE, user=f"u{week}") for n in range(-60, 120)))
    report(*(mood("calm", NOW - n * MINUTE) for n in range(1, 60)))
    report(*(mood("calm", NOW + n * MINUTE) for n in range(60, 120)))
    spec = store_rule(window="20m", weeks=3, critical=4)
    for minute in range(120):
        evaluate(settings, NOW + minute * MINUTE)
    told = [
        (alert.severity, alert.started_at, alert.ended_at)
        for alert in Alert.select().where(Alert.type == "no-moods")
    ]
    config = runtime_config.current(settings).config
    result = backtest.over(spec.watch("no-moods"), NOW, NOW + 119 * MINUTE, config)
    assert len(told) == result.alerts == 1
    [firing] = result.spans
    assert (firing.since, firing.until) == told[0][1:]
    assert result.resolutions == 1 and result.pages[0].text.startswith("no-moods")
    milder = backtest.with_thresholds(spec.watch("no-moods"), 50, 60)
    assert backtest.over(milder, NOW, NOW + 119 * MINUTE, config).alerts == 0


def test_a_backtest_of_it_takes_deviations(settings: Settings, store: Path) -> None:
    watch = store_rule(critical=5).watch("no-moods")
    assert backtest.with_thresholds(watch, 2, 3).rule.critical == 3
    for warning, critical in ((6, None), (-1, None), (4, 3)):
        with pytest.raises(ValueError, match=r"worse than warning|more than 0"):
            backtest.with_thresholds(watch, warning, critical)
    config = runtime_config.current(settings).config
    assert backtest.over(watch, NOW - DAY, NOW, config) == backtest.Result([], 0, 0, 0, 0, 0, [])


def command(*arguments: str) -> Result:
    result = CliRunner().invoke(rules_group, arguments)
    for listener in db._listeners:
        listener.close()  # type: ignore[attr-defined]
    db._listeners.clear()
    db.database.close()
    return result


def test_the_command_backtests_it(settings: Settings, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMEPILOT_MON_DATABASE_URL", settings.database_url)
    store_rule(critical=5)
    ran = command("backtest", "no-moods", "--warning", "2", "--json")
    assert ran.exit_code == 0 and json.loads(ran.stdout)["pages"] == []
    refused = command("backtest", "no-moods", "--warning", "9")
    assert refused.exit_code == 1 and "critical must be worse than warning" in refused.output
